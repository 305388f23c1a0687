import Domain
import LinearProgramming

extension LinearProgram {
    /// Moving goods from sources to sinks at least cost.
    static func transport(sources: Int, sinks: Int, using generator: inout SeededGenerator) -> LinearProgram {
        var program = LinearProgram(.minimize)
        let lanes = (0..<sources).map { _ in
            (0..<sinks).map { _ in program.variable(objective: Double.random(in: 1...10, using: &generator)) }
        }
        for lane in lanes { program.constrain(lane.map { ($0, 1) }, atMost: 10) }
        for sink in 0..<sinks { program.constrain(lanes.map { ($0[sink], 1) }, atLeast: 8) }
        return program
    }

    /// Choosing sets so that each thing is covered: hard, for its size.
    static func covering(things: Int, sets: Int, using generator: inout SeededGenerator) -> LinearProgram {
        var program = LinearProgram(.minimize)
        let chosen = (0..<sets).map { _ in
            program.variable(atMost: 1, objective: Double.random(in: 1...1.5, using: &generator), isInteger: true)
        }
        for _ in 0..<things {
            let covering = chosen.filter { _ in Int.random(in: 0..<8, using: &generator) == 0 }
            // One more, so that no thing is without a set.
            let last = chosen[Int.random(in: chosen.indices, using: &generator)]
            program.constrain((covering + [last]).map { ($0, 1) }, atLeast: 1)
        }
        return program
    }
}
