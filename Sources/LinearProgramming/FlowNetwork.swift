/// A network of arcs with capacities and costs, and its cheapest circulation: flows that go in and out of each node alike.
///
/// The linear programs of differences (each constraint bounds the difference of two variables) are the duals of such
/// networks: the potentials of the cheapest circulation are their variables. It takes a fraction of the general method's
/// time.
public struct FlowNetwork: Hashable, Sendable {
    /// How many nodes there are.
    public let nodeCount: Int
    var tails: [Int32] = []
    var heads: [Int32] = []
    var capacities: [Double] = []
    var costs: [Double] = []

    /// A network without arcs.
    public init(nodeCount: Int) { self.nodeCount = nodeCount }

    /// How many arcs there are.
    public var arcCount: Int { tails.count }

    /// Adds an arc from one node to another.
    ///
    /// - Parameters:
    ///   - tail: Where it begins.
    ///   - head: Where it ends.
    ///   - capacity: The most that flows; infinite where there is no limit.
    ///   - cost: What a unit of flow costs; negative where it earns something.
    public mutating func arc(from tail: Int, to head: Int, capacity: Double, cost: Double) {
        tails.append(Int32(truncatingIfNeeded: tail))
        heads.append(Int32(truncatingIfNeeded: head))
        capacities.append(capacity)
        costs.append(cost)
    }

    /// The cheapest circulation.
    ///
    /// - Parameters:
    ///   - pivotCountMax: When to give up.
    ///   - isCancelled: Asked every few thousand pivots; the search stops where it says yes.
    /// - Returns: Its flows and the potentials that prove it.
    /// - Throws: ``LinearProgramError``; it is unbounded where flow can go round for ever and earn.
    public func cheapestCirculation(
        pivotCountMax: Int = 50_000_000,
        unless isCancelled: () -> Bool = { false }
    ) throws(LinearProgramError) -> Circulation {
        guard nodeCount < Int(Int32.max), arcCount < Int(Int32.max) - nodeCount else { throw .tooLarge }
        for arc in 0..<arcCount {
            guard (0..<nodeCount).contains(Int(tails[arc])), (0..<nodeCount).contains(Int(heads[arc])) else {
                throw .unknownVariable(constraint: arc)
            }
            guard costs[arc].isFinite, capacities[arc] >= 0 else { throw .notFinite("an arc's cost or capacity") }
        }
        var simplex = NetworkSimplex(self)
        try simplex.solve(pivotCountMax: pivotCountMax, unless: isCancelled)
        return simplex.circulation
    }
}

/// Flows, and the potentials that prove that no circulation is cheaper.
public struct Circulation: Hashable, Sendable {
    /// What flows along each arc.
    public let flows: [Double]
    /// The potential of each node: cost + potential(tail) − potential(head) is not negative for an arc that has room left,
    /// and not positive for one along which something flows.
    public let potentials: [Double]
    /// What it costs.
    public let cost: Double
    /// Pivots of the network simplex method.
    public let pivotCount: Int
}
