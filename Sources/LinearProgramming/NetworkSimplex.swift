/// The network simplex method: a spanning tree of arcs whose flows follow from the others'.
///
/// Each pivot takes an arc in whose price is wrong, sends as much round the cycle that it closes as there is room for, and
/// takes the arc out that had no room left. Arcs are looked at in blocks, the worst of a block comes in. Of several arcs
/// without room the last of the cycle goes out: so the tree stays strongly feasible, and the method does not go round in
/// circles (Cunningham, "A network simplex method", 1976; the rules are those of LEMON's implementation).
struct NetworkSimplex {
    private enum Place { case lower, upper, tree }

    private let nodeCount: Int
    private let arcCount: Int
    private let root: Int
    // Arcs, then one more for each node, which goes to the root and makes the first tree; nothing ever flows there.
    private var tails: [Int32]
    private var heads: [Int32]
    private var capacities: [Double]
    private var costs: [Double]
    private var flows: [Double]
    private var places: [Place]
    // The tree: for each node its parent, the arc between them, and whether that goes up.
    private var parent: [Int32]
    private var parentArc: [Int32]
    private var goesUp: [Bool]
    private var depth: [Int32]
    private var firstChild: [Int32]
    private var nextSibling: [Int32]
    private var previousSibling: [Int32]
    private var potentials: [Double]
    private var pivotCount = 0
    private var nextArc = 0
    private var stack: [Int32] = []
    private let tolerance: Double

    init(_ network: FlowNetwork) {
        let (nodes, arcs) = (network.nodeCount, network.arcCount)
        (nodeCount, arcCount, root) = (nodes, arcs, nodes)
        tails = network.tails + (0..<nodes).map { Int32($0) }
        heads = network.heads + Array(repeating: Int32(nodes), count: nodes)
        capacities = network.capacities + Array(repeating: .infinity, count: nodes)
        costs = network.costs + Array(repeating: 0, count: nodes)
        flows = Array(repeating: 0, count: arcs + nodes)
        places = Array(repeating: .lower, count: arcs) + Array(repeating: .tree, count: nodes)
        parent = Array(repeating: Int32(nodes), count: nodes) + [-1]
        parentArc = (0..<nodes).map { Int32(arcs + $0) } + [-1]
        goesUp = Array(repeating: true, count: nodes + 1)
        depth = Array(repeating: 1, count: nodes) + [0]
        firstChild = Array(repeating: -1, count: nodes) + [nodes > 0 ? 0 : -1]
        nextSibling = (0..<nodes).map { $0 + 1 < nodes ? Int32($0 + 1) : -1 } + [-1]
        previousSibling = (0..<nodes).map { Int32($0 - 1) } + [-1]
        potentials = Array(repeating: 0, count: nodes + 1)
        tolerance = 1e-11 * network.costs.reduce(0) { max($0, abs($1)) }
    }

    var circulation: Circulation {
        Circulation(
            flows: Array(flows[..<arcCount]),
            potentials: Array(potentials[..<nodeCount]),
            cost: (0..<arcCount).reduce(0) { $0 + flows[$1] * costs[$1] },
            pivotCount: pivotCount
        )
    }

    mutating func solve(pivotCountMax: Int, unless isCancelled: () -> Bool) throws(LinearProgramError) {
        while let arc = entering() {
            guard pivotCount < pivotCountMax else { throw .outOfTime }
            if pivotCount.isMultiple(of: 4096), isCancelled() { throw .stopped }
            pivotCount += 1
            try pivot(arc)
        }
        // Sums of many small steps are a little off: from the root again, once.
        var child = firstChild[root]
        while child >= 0 {
            refresh(child)
            child = nextSibling[Int(child)]
        }
    }

    /// How far an arc's price is wrong: positive where a change of its flow earns something.
    private func violation(_ arc: Int) -> Double {
        switch places[arc] {
        case .tree: 0
        case .lower: -(costs[arc] + potentials[Int(tails[arc])] - potentials[Int(heads[arc])])
        case .upper: costs[arc] + potentials[Int(tails[arc])] - potentials[Int(heads[arc])]
        }
    }

    /// The arc of the next block whose price is most wrong; `nil` if no arc's is.
    private mutating func entering() -> Int? {
        let block = max(Int(Double(arcCount).squareRoot()), 32)
        var (best, worst, inBlock) = (-1, tolerance, block)
        for _ in 0..<arcCount {
            let found = violation(nextArc)
            if found > worst { (best, worst) = (nextArc, found) }
            nextArc = nextArc + 1 == arcCount ? 0 : nextArc + 1
            inBlock -= 1
            guard inBlock == 0 else { continue }
            if best >= 0 { return best }
            inBlock = block
        }
        return best >= 0 ? best : nil
    }

    private mutating func pivot(_ arc: Int) throws(LinearProgramError) {
        // Flow is added in the direction from first to second.
        let isForward = places[arc] == .lower
        let (first, second) = isForward ? (tails[arc], heads[arc]) : (heads[arc], tails[arc])
        let join = join(first, second)
        var (most, out, isOnFirst) = (capacities[arc], Int32(-1), false)
        var node = first
        while node != join {
            let room = room(node, upwards: false)
            if room < most { (most, out, isOnFirst) = (room, node, true) }
            node = parent[Int(node)]
        }
        node = second
        while node != join {
            let room = room(node, upwards: true)
            if room <= most { (most, out, isOnFirst) = (room, node, false) }
            node = parent[Int(node)]
        }
        guard most < .infinity else { throw .unbounded }
        send(most, around: arc, isForward: isForward, first: first, second: second, join: join)
        guard out >= 0 else {
            places[arc] = isForward ? .upper : .lower
            flows[arc] = isForward ? capacities[arc] : 0
            return
        }
        let leaving = Int(parentArc[Int(out)])
        let isFull = flows[leaving] > 0.5 * capacities[leaving]
        places[leaving] = isFull ? .upper : .lower
        flows[leaving] = isFull ? capacities[leaving] : 0
        places[arc] = .tree
        hang(below: out, by: arc, at: isOnFirst ? first : second, onto: isOnFirst ? second : first)
    }

    private func join(_ first: Int32, _ second: Int32) -> Int32 {
        var (a, b) = (first, second)
        while a != b {
            if depth[Int(a)] >= depth[Int(b)] { a = parent[Int(a)] } else { b = parent[Int(b)] }
        }
        return a
    }

    /// How much more can flow between a node and its parent, up or down.
    private func room(_ node: Int32, upwards: Bool) -> Double {
        let arc = Int(parentArc[Int(node)])
        return goesUp[Int(node)] == upwards ? capacities[arc] - flows[arc] : flows[arc]
    }

    private mutating func send(
        _ flow: Double,
        around arc: Int,
        isForward: Bool,
        first: Int32,
        second: Int32,
        join: Int32
    ) {
        guard flow > 0 else { return }
        flows[arc] += isForward ? flow : -flow
        var node = first
        while node != join {
            flows[Int(parentArc[Int(node)])] += goesUp[Int(node)] ? -flow : flow
            node = parent[Int(node)]
        }
        node = second
        while node != join {
            flows[Int(parentArc[Int(node)])] += goesUp[Int(node)] ? flow : -flow
            node = parent[Int(node)]
        }
    }

    /// Cuts the branch of `top` off and hangs it, turned over so that `bottom` is its top, onto `support` by an arc.
    private mutating func hang(below top: Int32, by arc: Int, at bottom: Int32, onto support: Int32) {
        var (node, newParent, newArc) = (bottom, support, Int32(arc))
        var newGoesUp = tails[arc] == bottom
        while true {
            let index = Int(node)
            let (oldParent, oldArc, oldGoesUp) = (parent[index], parentArc[index], goesUp[index])
            detach(node)
            attach(node, to: newParent)
            (parentArc[index], goesUp[index]) = (newArc, newGoesUp)
            guard node != top else { break }
            (newParent, newArc, newGoesUp) = (node, oldArc, !oldGoesUp)
            node = oldParent
        }
        lift(bottom, by: potential(bottom) - potentials[Int(bottom)])
    }

    /// The potential at which the arc to a node's parent costs nothing.
    private func potential(_ node: Int32) -> Double {
        let cost = costs[Int(parentArc[Int(node)])]
        return potentials[Int(parent[Int(node)])] + (goesUp[Int(node)] ? -cost : cost)
    }

    private mutating func refresh(_ top: Int32) {
        stack.append(top)
        while let node = stack.popLast() {
            potentials[Int(node)] = potential(node)
            var child = firstChild[Int(node)]
            while child >= 0 {
                stack.append(child)
                child = nextSibling[Int(child)]
            }
        }
    }

    private mutating func detach(_ node: Int32) {
        let (index, next, previous) = (Int(node), nextSibling[Int(node)], previousSibling[Int(node)])
        if previous >= 0 { nextSibling[Int(previous)] = next } else { firstChild[Int(parent[index])] = next }
        if next >= 0 { previousSibling[Int(next)] = previous }
    }

    private mutating func attach(_ node: Int32, to newParent: Int32) {
        let next = firstChild[Int(newParent)]
        parent[Int(node)] = newParent
        nextSibling[Int(node)] = next
        previousSibling[Int(node)] = -1
        if next >= 0 { previousSibling[Int(next)] = node }
        firstChild[Int(newParent)] = node
    }

    /// Adds to the potentials of a branch, and counts its depths anew.
    private mutating func lift(_ top: Int32, by rise: Double) {
        stack.append(top)
        while let node = stack.popLast() {
            let index = Int(node)
            potentials[index] += rise
            depth[index] = depth[Int(parent[index])] + 1
            var child = firstChild[index]
            while child >= 0 {
                stack.append(child)
                child = nextSibling[Int(child)]
            }
        }
    }
}
