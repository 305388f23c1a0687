internal import Domain
internal import Routing
internal import Synchronization

/// Holds requests to the plan in force, and counts what came of it.
///
/// Safe to use from any thread: its lock is held for one search among a few hundred numbers.
final class QuotaControl: Sendable {
    /// What the plan makes of one request.
    struct Placement: Hashable, Sendable {
        /// The group's name.
        let group: String
        /// The plan's number.
        let plan: Int64
        /// What the best tier's quality is expected to be above the lowest one's for this request.
        let gain: Double
        /// The tiers' shares in this hour, the lowest first.
        let shares: [Double]
        /// What another unit of the tiers' quality costs in this hour, in the plan's unit: its shadow price.
        let price: Double
        /// What the grid was foreseen to emit in this hour, in g CO2e/kWh.
        let intensity: Double
        /// The tiers, the lowest first.
        let tiers: [Tier]
        /// The place of the tier that it gets.
        let rung: Int

        /// The tier that it gets.
        var tier: Tier { tiers[rung] }
        /// The order in which tiers are tried: that one, then better ones, then lower ones.
        var order: [Tier] { Array(tiers[rung...]) + tiers[..<rung].reversed() }
    }

    /// Requests of a group that a tier has served.
    struct Tally: Hashable {
        let group: String
        let tier: Tier
    }

    private struct State {
        var quotas: Quotas?
        var trackers: [String: QuotaTracker] = [:]
        /// The hour that ``seen`` is of.
        var hour = 0
        var seen: [String: Int] = [:]
        /// Of each group, the requests that each tier was given in that hour.
        var placed: [String: [Int]] = [:]
        var served: [Tally: Int] = [:]
        var moved = 0

        mutating func turn(to hour: Int) {
            guard self.hour != hour else { return }
            (self.hour, seen, placed) = (hour, [:], [:])
        }
    }

    private let state = Mutex(State())

    /// The plan in force; `nil` before the first one.
    var quotas: Quotas? { state.withLock { $0.quotas } }

    /// How many requests each tier has served, by group, and how many of them another tier was meant for.
    var tallies: (served: [Tally: Int], moved: Int) { state.withLock { ($0.served, $0.moved) } }

    /// Puts a plan in force; what groups are ahead or behind by is carried over.
    func replace(_ quotas: Quotas?) { state.withLock { $0.quotas = quotas } }

    /// How many requests of each group came in an hour since 1970 UTC; none of one that has passed.
    func seen(in hour: Int) -> [String: Int] { state.withLock { $0.hour == hour ? $0.seen : [:] } }

    /// How many requests of each group each tier was given in an hour since 1970 UTC, the lowest tier first.
    func placed(in hour: Int) -> [String: [Int]] { state.withLock { $0.hour == hour ? $0.placed : [:] } }

    /// Counts a request of a group.
    func count(_ group: String, hour: Int) {
        state.withLock { state in
            state.turn(to: hour)
            state.seen[group, default: 0] += 1
        }
    }

    /// Chooses the tier of a request.
    ///
    /// - Parameters:
    ///   - group: The group's name.
    ///   - gain: What the best tier's quality is expected to be above the lowest one's.
    ///   - hour: The hour at hand, since 1970 UTC.
    ///   - draw: Chance from 0 up to 1.
    ///   - isDryRun: Whether nothing is to come of it, so that it doesn't count.
    /// - Returns: `nil` where no plan knows the group.
    func place(group: String, gain: Double, hour: Int, draw: Double, isDryRun: Bool) -> Placement? {
        state.withLock { state in
            guard let quotas = state.quotas, let index = quotas.groups.firstIndex(of: group) else { return nil }
            let shares = quotas.sharesToCome(hour: hour, group: index)
            let rung: Int
            if isDryRun {
                var tracker = state.trackers[group] ?? QuotaTracker()
                rung = tracker.place(gain: gain, shares: shares, draw: draw)
            } else {
                rung = state.trackers[group, default: QuotaTracker()].place(gain: gain, shares: shares, draw: draw)
                state.turn(to: hour)
                var placed = state.placed[group] ?? []
                if placed.count != shares.count { placed = shares.map { _ in 0 } }
                placed[rung] += 1
                state.placed[group] = placed
            }
            return Placement(
                group: group,
                plan: quotas.plan,
                gain: gain,
                shares: shares,
                price: quotas.price(hour: hour, group: index),
                intensity: quotas.intensity[quotas.place(of: hour)],
                tiers: quotas.tiers,
                rung: rung
            )
        }
    }

    /// Notes the tier that has served a request of a group; the ones after make up for one that was not the one meant.
    func settle(_ placement: Placement?, group: String, servedBy tier: Tier) {
        state.withLock { state in
            state.served[Tally(group: group, tier: tier), default: 0] += 1
            guard let placement, placement.tier != tier, let rung = placement.tiers.firstIndex(of: tier) else { return }
            state.moved += 1
            state.trackers[group]?.move(from: placement.rung, to: rung)
            // Of one that began in the hour before, the hour at hand knows nothing.
            guard let placed = state.placed[group], placed.count > max(rung, placement.rung), placed[placement.rung] > 0
            else { return }
            state.placed[group]?[placement.rung] -= 1
            state.placed[group]?[rung] += 1
        }
    }
}
