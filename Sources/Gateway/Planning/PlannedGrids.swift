internal import Accounting
internal import Configuration
internal import Domain
internal import Routing

/// The grids that a fleet's models are served on: each tier's energy comes from these, in the shares of its models.
struct PlannedGrids: Sendable {
    /// A grid.
    enum Grid: Hashable, Sendable {
        /// A zone, whose intensity is read and forecast.
        case zone(String)
        /// One figure for all hours, in g CO2e/kWh: the operator's, the country's, or the world's.
        case constant(Double)
    }

    /// The grids, that of most models first; there is one at least.
    let grids: [Grid]
    /// By its place in the catalogue, the place of each planned model's grid.
    let ofModel: [Int: Int]

    /// The grids of a fleet.
    ///
    /// Models without a zone are on the settings' if those name one, else each on the figure that requests are counted at.
    init(_ settings: Settings.Planner, _ fleet: PlannedFleet, _ policy: Policy) {
        let outlooks = policy.router.outlooks
        let named = fleet.rungs.flatMap(\.models).map { index in
            let zone = policy.footprints[index].zone ?? settings.zone
            return (index, zone.map(Grid.zone) ?? .constant(outlooks[index].intensity.central))
        }
        let counts = Dictionary(named.map { ($0.1, 1) }, uniquingKeysWith: +)
        let grids = counts.sorted { ($1.value, $0.key.name) < ($0.value, $1.key.name) }.map(\.key)
        self.grids = grids
        ofModel = Dictionary(named.map { ($0.0, grids.firstIndex(of: $0.1) ?? 0) }) { first, _ in first }
    }

    /// The zones among them.
    var zones: [String] {
        grids.compactMap { grid in
            if case .zone(let zone) = grid { zone } else { nil }
        }
    }
}

extension PlannedGrids.Grid {
    /// The zone's name, or the figure with its unit.
    var name: String {
        switch self {
        case .zone(let zone): zone
        case .constant(let grams): "\(grams) g/kWh"
        }
    }
}
