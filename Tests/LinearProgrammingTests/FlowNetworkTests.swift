import Domain
import LinearProgramming
import Testing

@Suite struct FlowNetworkTests {
    /// The cheapest circulation is the optimum of its linear program, and its potentials prove it.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func findsTheOptimumOfItsProgram(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let nodes = Int.random(in: 2...12, using: &generator)
        var network = FlowNetwork(nodeCount: nodes)
        var program = LinearProgram(.minimize)
        var terms = [[(variable: LinearProgram.Variable, coefficient: Double)]](repeating: [], count: nodes)
        var arcs: [(tail: Int, head: Int, capacity: Double, cost: Double)] = []
        for _ in 0..<Int.random(in: 1...40, using: &generator) {
            let tail = Int.random(in: 0..<nodes, using: &generator)
            let head = (tail + Int.random(in: 1..<nodes, using: &generator)) % nodes
            // Whole numbers, so that many arcs are full or empty at once.
            let capacity = Double(Int.random(in: 0...6, using: &generator))
            let cost = Double(Int.random(in: -6...8, using: &generator))
            arcs.append((tail, head, capacity, cost))
            network.arc(from: tail, to: head, capacity: capacity, cost: cost)
            let flow = program.variable(in: 0...capacity, objective: cost)
            terms[tail].append((flow, 1))
            terms[head].append((flow, -1))
        }
        for node in 0..<nodes { program.constrain(terms[node], equal: 0) }
        let circulation = try network.cheapestCirculation()
        #expect(abs(circulation.cost - (try program.solve().objective)) < 1e-6)
        var balance = [Double](repeating: 0, count: nodes)
        for (index, arc) in arcs.enumerated() {
            let flow = circulation.flows[index]
            balance[arc.tail] -= flow
            balance[arc.head] += flow
            #expect(flow >= 0 && flow <= arc.capacity)
            let price = arc.cost + circulation.potentials[arc.tail] - circulation.potentials[arc.head]
            if flow < arc.capacity - 1e-9 { #expect(price > -1e-9) }
            if flow > 1e-9 { #expect(price < 1e-9) }
        }
        #expect(balance.allSatisfy { abs($0) < 1e-9 })
    }

    @Test func saysThatAFlowEarnsForEver() {
        var network = FlowNetwork(nodeCount: 2)
        network.arc(from: 0, to: 1, capacity: .infinity, cost: -2)
        network.arc(from: 1, to: 0, capacity: .infinity, cost: 1)
        #expect(throws: LinearProgramError.unbounded) { try network.cheapestCirculation() }
    }

    @Test func refusesArcsToNowhere() {
        var network = FlowNetwork(nodeCount: 2)
        network.arc(from: 0, to: 2, capacity: 1, cost: 1)
        #expect(throws: LinearProgramError.unknownVariable(constraint: 0)) { try network.cheapestCirculation() }
        var infinite = FlowNetwork(nodeCount: 2)
        infinite.arc(from: 0, to: 1, capacity: 1, cost: .nan)
        #expect(throws: LinearProgramError.self) { try infinite.cheapestCirculation() }
    }

    @Test func stopsWhenToldTo() {
        var network = FlowNetwork(nodeCount: 2)
        network.arc(from: 0, to: 1, capacity: 1, cost: -2)
        network.arc(from: 1, to: 0, capacity: 1, cost: 1)
        #expect(throws: LinearProgramError.stopped) { try network.cheapestCirculation(unless: { true }) }
    }
}
