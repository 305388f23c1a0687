import Domain
import Foundation
import Testing

@testable import Neural

@Suite struct ProgramTests {
    /// Rows that no block divides, and layers that are smaller and larger than a block.
    @Test(arguments: Precision.allCases, [(1, 8, 8), (8, 32, 96), (13, 33, 70), (24, 384, 64)])
    func computesALayer(precision: Precision, shape: (rows: Int, inputs: Int, outputs: Int)) throws {
        guard precision.isSupported else { return }
        var generator = SeededGenerator(seed: 1)
        let input = generator.matrix(shape.rows, shape.inputs)
        let weights = generator.matrix(shape.outputs, shape.inputs)
        let bias = generator.matrix(1, shape.outputs).values
        let factor = generator.matrix(shape.rows, shape.outputs)
        let before = generator.matrix(shape.rows, shape.outputs)
        let plain = Matrix.plainProduct(input, weights.transposed)

        let program = try Program(tokens: shape.rows, precision: precision, in: Workspace())
        let (given, source) = (program.floatBuffer(columns: shape.inputs), program.buffer(columns: shape.inputs))
        try program.copy(given, into: source)
        let layer = try PackedLinear(weights, bias: bias, precision: precision)
        let (sum, gated) = (program.buffer(columns: shape.outputs), program.buffer(columns: shape.outputs))
        let (start, factors) = (
            program.floatBuffer(columns: shape.outputs), program.floatBuffer(columns: shape.outputs)
        )
        try program.copy(start, into: sum)
        let multiplier = program.buffer(columns: shape.outputs)
        try program.copy(factors, into: multiplier)
        try program.linear(layer, of: source, into: sum, adding: true)
        try program.linear(layer, of: source, into: gated, activation: .gelu, times: multiplier)
        try program.fill(given, tokens: program.rows) { span in
            for index in input.values.indices { span[index] = input.values[index] }
        }
        try program.fill(start, tokens: program.rows) { span in
            for index in before.values.indices { span[index] = before.values[index] }
        }
        try program.fill(factors, tokens: program.rows) { span in
            for index in factor.values.indices { span[index] = factor.values[index] }
        }
        program.run(0..<program.end, tokens: shape.rows)

        for row in 0..<shape.rows {
            let (sums, products) = (program.row(row, of: sum), program.row(row, of: gated))
            for column in 0..<shape.outputs {
                let value = plain[row * shape.outputs + column] + Double(bias[column])
                let gelu = value / 2 * (1 + erf(value / 2.0.squareRoot()))
                let tolerance = precision.tolerance * Double(shape.inputs).squareRoot()
                #expect(abs(Double(sums[column]) - value - Double(before[row, column])) < tolerance)
                #expect(abs(Double(products[column]) - gelu * Double(factor[row, column])) < 4 * tolerance)
            }
        }
    }

    /// Heads of whole vectors and others, with texts that are shorter and longer than a block and a vector.
    @Test(arguments: [
        (1, 2, 4, nil), (8, 1, 16, nil), (13, 3, 8, nil), (21, 2, 8, 4), (40, 12, 32, 1), (9, 2, 8, 0), (1, 1, 32, nil),
        (33, 2, 32, nil), (13, 3, 64, 3), (70, 1, 96, nil), (67, 2, 32, 0), (128, 2, 32, 200),
    ])
    func attends(tokens: Int, heads: Int, size: Int, window: Int?) throws {
        for precision in Precision.allCases where precision.isSupported {
            var generator = SeededGenerator(seed: UInt64(tokens))
            let hidden = heads * size
            let projections = generator.matrix(tokens, 3 * hidden)
            let program = try Program(tokens: tokens, precision: precision, in: Workspace())
            let given = program.floatBuffer(columns: 3 * hidden)
            let (room, result) = (program.attentionRoom(hidden: hidden, heads: heads), program.buffer(columns: hidden))
            try program.copy(given, into: room.projections)
            try program.attend(room, window: window, into: result)
            let third = program.prunedBuffer(columns: hidden, keepingOneOf: 3)
            try program.attend(room, window: window, forOneOf: 3, into: third)
            // What lies behind the text is not to be seen.
            try program.fill(given, tokens: program.rows) { span in
                for index in span.indices {
                    span[index] = index < projections.values.count ? projections.values[index] : 50
                }
            }
            program.run(0..<program.end, tokens: tokens)
            for token in 0..<tokens {
                let expected = mean(for: token, in: projections, heads: heads, window: window ?? tokens)
                // Rounding to 8 bits moves scores, which are some tens where a head is long.
                let tolerance = room.projections.type == .bfloat16 ? 0.1 : 1e-4
                for (value, wanted) in zip(program.row(token, of: result), expected) {
                    #expect(abs(Double(value) - wanted) < tolerance)
                }
                guard token.isMultiple(of: 3) else { continue }
                for (value, wanted) in zip(program.row(token / 3, of: third), expected) {
                    #expect(abs(Double(value) - wanted) < tolerance)
                }
            }
        }
    }

    private func mean(for token: Int, in projections: Matrix, heads: Int, window: Int) -> [Double] {
        let hidden = projections.columns / 3
        let size = hidden / heads
        return (0..<heads).flatMap { head -> [Double] in
            let seen = (0..<projections.rows).filter { abs($0 - token) <= window }
            let scores = seen.map { other in
                (0..<size).reduce(0.0) { sum, index in
                    let query = Double(projections[token, head * size + index])
                    return sum + query * Double(projections[other, hidden + head * size + index])
                }
            }
            let greatest = scores.max() ?? 0
            let weights = scores.map { exp($0 - greatest) }
            let total = weights.reduce(0, +)
            return (0..<size).map { index in
                zip(seen, weights).reduce(0) { sum, pair in
                    sum + pair.1 / total * Double(projections[pair.0, 2 * hidden + head * size + index])
                }
            }
        }
    }

    @Test(arguments: Precision.allCases)
    func normalizesAndRotates(precision: Precision) throws {
        guard precision.isSupported else { return }
        var generator = SeededGenerator(seed: 3)
        let input = generator.matrix(5, 24)
        let (gain, bias) = (generator.matrix(1, 24).values, generator.matrix(1, 24).values)
        let program = try Program(tokens: 5, precision: precision, in: Workspace())
        let (given, source) = (program.floatBuffer(columns: 24), program.buffer(columns: 24))
        let result = program.buffer(columns: 24)
        try program.copy(given, into: source)
        try program.normalize(source, PackedLayerNorm(gain: gain, bias: bias, epsilon: 1e-5), into: result)
        program.rotate(source, heads: 2, by: Rotation(size: 4, base: 100, tokensMax: 8))
        try program.fill(given, tokens: program.rows) { span in
            for index in input.values.indices { span[index] = input.values[index] }
        }
        program.run(0..<program.end, tokens: 5)
        let tolerance = precision == .bfloat16 ? 0.05 : 1e-5
        for row in 0..<5 {
            let values = input[row: row].map(Double.init)
            let mean = values.reduce(0, +) / 24
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 24
            for (column, value) in program.row(row, of: result).enumerated() {
                let wanted = (values[column] - mean) / (variance + 1e-5).squareRoot()
                #expect(abs(Double(value) - wanted * Double(gain[column]) - Double(bias[column])) < tolerance)
            }
            let rotated = program.row(row, of: source).map(Double.init)
            // The first head's first pair turns by one radian a place, its second by a tenth; values stay as they are.
            #expect(abs(rotated[0] - values[0] * cos(Double(row)) + values[2] * sin(Double(row))) < tolerance)
            #expect(abs(rotated[3] - values[3] * cos(Double(row) / 10) - values[1] * sin(Double(row) / 10)) < tolerance)
            #expect(abs(rotated[20] - values[20]) < tolerance)
        }
    }

    /// Whatever another program has left in the memory, what is behind a text's last token doesn't reach the text.
    @Test(arguments: Precision.allCases.filter(\.isSupported))
    func isNotSpoiltByWhatWasThere(precision: Precision) throws {
        var generator = SeededGenerator(seed: 5)
        let layer = try PackedLinear(generator.matrix(48, 16), bias: nil, precision: precision)
        let input = generator.matrix(1, 16).values
        func result(in workspace: Workspace) throws -> [Float] {
            let program = try Program(tokens: 3, precision: precision, in: workspace)
            let (given, source) = (program.floatBuffer(columns: 16), program.buffer(columns: 16))
            let (room, result) = (program.attentionRoom(hidden: 16, heads: 2), program.buffer(columns: 16))
            try program.copy(given, into: source)
            try program.linear(layer, of: source, into: room.projections)
            try program.attend(room, window: nil, into: result)
            try program.fill(given, tokens: 3) { span in for index in 0..<48 { span[index] = input[index % 16] } }
            program.run(0..<program.end, tokens: 3)
            return program.mean(of: result, tokens: 3)
        }
        let spoilt = Workspace()
        let spoiler = try Program(tokens: 64, precision: .float32, in: spoilt)
        let room = spoiler.floatBuffer(columns: 1024)
        try spoiler.fill(room, tokens: 64) { span in for index in span.indices { span[index] = .nan } }
        #expect(try result(in: spoilt) == result(in: Workspace()))
    }

    /// Products of bytes may be stored as bfloat16: what is nearest, and what is no number stays none.
    @Test(.enabled(if: Precision.int8.isSupported), arguments: [32, 33, 384])
    func halvesProductsOfBytes(outputs: Int) throws {
        var generator = SeededGenerator(seed: 6)
        let bias = (0..<outputs).map { $0 == 7 ? Float.nan : Float($0) }
        let layer = try PackedLinear(generator.matrix(outputs, 40), bias: bias, precision: .int8)
        let program = try Program(tokens: 5, precision: .int8, in: Workspace())
        let source = program.floatBuffer(columns: 40)
        let (floats, halves) = (program.buffer(columns: outputs), program.buffer(columns: outputs, type: .bfloat16))
        try program.linear(layer, of: source, into: floats)
        try program.linear(layer, of: source, into: halves)
        try program.fill(source, with: [(generator.matrix(9, 40), [8, 0, 3, 3, 1])])
        program.run(0..<program.end, tokens: 5)
        for row in 0..<5 {
            for (half, float) in zip(program.row(row, of: halves), program.row(row, of: floats)) {
                #expect(half.isNaN && float.isNaN || half == Float(upperHalf: float.upperHalf), "\(half) for \(float)")
            }
        }
    }

    /// The activation behind a product of bytes is that of floats, from one end of its range to the other.
    @Test(.enabled(if: Precision.int8.isSupported)) func activatesProductsOfBytes() throws {
        let values = stride(from: Float(-12), through: 12, by: 0.03).map { $0 } + [0, 1e30, -1e30]
        // Without weights, the biases are what is activated.
        let layer = try PackedLinear(Matrix(rows: values.count, columns: 1), bias: values, precision: .int8)
        let program = try Program(tokens: 1, precision: .int8, in: Workspace())
        let (source, result) = (program.floatBuffer(columns: 1), program.buffer(columns: values.count))
        try program.linear(layer, of: source, into: result, activation: .gelu)
        try program.fill(source, tokens: 1) { span in span[0] = 1 }
        program.run(0..<program.end, tokens: 1)
        for (value, found) in zip(values, program.row(0, of: result)) {
            let wanted = Double(value) / 2 * (1 + erf(Double(value) / 2.0.squareRoot()))
            #expect(abs(Double(found) - wanted) <= 2e-6 * max(1, abs(wanted)), "\(found) for \(value)")
        }
    }

    /// Bytes of one sign and of the greatest magnitude, which 16 bits would not hold eight products of.
    @Test(.enabled(if: Precision.int8.isSupported), arguments: [1, 5, 6, 13], [1, 15, 16, 17, 384])
    func addsUpTheGreatestBytes(rows: Int, inputs: Int) throws {
        let patterns: [(Int) -> Float] = [
            { _ in 1 }, { _ in -1 }, { $0.isMultiple(of: 2) ? 1 : -1 }, { $0 / 2 % 2 == 0 ? 1 : -1 },
            { $0 % 16 == 7 ? 1 : 0.01 }, { _ in 0 },
        ]
        let outputs = 3 * patterns.count
        let weights = Matrix(
            rows: outputs,
            columns: inputs,
            values: (0..<outputs).flatMap { output in (0..<inputs).map(patterns[output % patterns.count]) }
        )
        let layer = try PackedLinear(weights, bias: nil, precision: .int8)
        for sign in [Float(1), -1] {
            let program = try Program(tokens: rows, precision: .int8, in: Workspace())
            let (source, result) = (program.floatBuffer(columns: inputs), program.buffer(columns: outputs))
            try program.linear(layer, of: source, into: result)
            try program.fill(source, tokens: rows) { span in
                for index in 0..<rows * inputs { span[index] = sign * 3 }
            }
            program.run(0..<program.end, tokens: rows)
            for row in 0..<rows {
                for (output, found) in program.row(row, of: result).enumerated() {
                    let wanted = weights[row: output].reduce(0, +) * sign * 3
                    #expect(abs(found - wanted) <= 0.01 * 3 * Float(inputs), "\(found) for \(wanted)")
                }
            }
        }
    }

    /// A row that isn't finite, or a layer's output that isn't, is taken for zeros and spoils no other.
    @Test(.enabled(if: Precision.int8.isSupported), arguments: [Float.nan, .infinity, -.infinity])
    func leavesOutWhatIsNotFinite(strange: Float) throws {
        var weights = Matrix(rows: 20, columns: 33, values: Array(repeating: 0.5, count: 660))
        weights[3, 32] = strange
        let layer = try PackedLinear(weights, bias: Array(repeating: 2, count: 20), precision: .int8)
        let program = try Program(tokens: 7, precision: .int8, in: Workspace())
        let (source, result) = (program.floatBuffer(columns: 33), program.buffer(columns: 20))
        try program.linear(layer, of: source, into: result)
        try program.fill(source, tokens: 7) { span in
            for index in 0..<7 * 33 { span[index] = index == 4 * 33 + 9 ? strange : 1 }
        }
        program.run(0..<program.end, tokens: 7)
        for row in 0..<7 {
            for (output, found) in program.row(row, of: result).enumerated() {
                #expect(abs(found - (row == 4 || output == 3 ? 2 : 18.5)) < 0.2, "\(found) in row \(row), \(output)")
            }
        }
    }

    /// Steps behind it have one of three rows, the first one among them, and are told of as many tokens.
    @Test(arguments: Precision.allCases.filter(\.isSupported), [1, 2, 3, 4, 7, 8])
    func prunesRows(precision: Precision, tokens: Int) throws {
        let program = try Program(tokens: tokens, precision: precision, in: Workspace())
        let source = program.floatBuffer(columns: 3)
        let third = program.prune(source, keepingOneOf: 3)
        var told: [Int] = []
        program.add { told.append($0) }
        let sixth = program.prune(third, keepingOneOf: 2)
        program.add { told.append($0) }
        #expect(program.rows == 2 && program.stride == 6)
        try program.fill(source, tokens: tokens) { span in
            for index in 0..<tokens * 3 { span[index] = Float(index / 3) }
        }
        program.run(0..<program.end, tokens: tokens)
        #expect(told == [(tokens + 2) / 3, (tokens + 5) / 6])
        for token in 0..<(tokens + 2) / 3 {
            #expect(program.row(token, of: third) == Array(repeating: Float(3 * token), count: 3))
        }
        for token in 0..<(tokens + 5) / 6 {
            #expect(program.row(token, of: sixth) == Array(repeating: Float(6 * token), count: 3))
        }
    }

    /// What goes into a network is the sum of each token's rows.
    @Test func looksRowsUp() async throws {
        var generator = SeededGenerator(seed: 7)
        let (words, places) = (generator.matrix(30, 20), generator.matrix(4, 20))
        let program = try Program(tokens: 3, precision: .float32, in: Workspace())
        let buffer = program.floatBuffer(columns: 20)
        try program.fill(buffer, with: [(words, [29, 0, 7]), (places, [1, 2, 3])])
        for (token, (word, place)) in zip([29, 0, 7], 1...3).enumerated() {
            #expect(program.row(token, of: buffer) == zip(words[row: word], places[row: place]).map(+))
        }
        #expect(program.row(3, of: buffer).allSatisfy { $0 == 0 })
        await #expect(processExitsWith: .failure) {
            let program = try Program(tokens: 1, precision: .float32, in: Workspace())
            try program.fill(program.floatBuffer(columns: 2), with: [(Matrix(rows: 2, columns: 2), [2])])
        }
    }

    /// Few lengths serve all, and none has many more rows than a text has tokens.
    @Test func roundsLengthsUp() {
        let rows = (1...4096).map { Program.rows(for: $0) }
        #expect(Set(rows).count == 56)
        for (tokens, rows) in zip(1...4096, rows) {
            #expect(tokens <= rows && rows <= max(tokens + 7, tokens * 9 / 8) && Program.rows(for: rows) == rows)
        }
    }

    /// Programs of several lengths take turns in one memory, and give what each gives alone.
    @Test func sharesAWorkspace() throws {
        var generator = SeededGenerator(seed: 4)
        let layer = try PackedLinear(generator.matrix(16, 16), bias: nil, precision: .float32)
        let workspace = Workspace()
        let lengths = [3, 40, 8, 100, 1]
        let programs = try lengths.map { length in
            let program = try Program(tokens: length, precision: .float32, in: workspace)
            let (source, result) = (program.floatBuffer(columns: 16), program.buffer(columns: 16))
            try program.linear(layer, of: source, into: result)
            return (program, source, result)
        }
        let input = generator.matrix(1, 16).values
        var results: Set<[Float]> = []
        for (program, source, result) in programs + programs.reversed() {
            try program.fill(source, tokens: program.rows) { span in
                for index in span.indices { span[index] = input[index % 16] }
            }
            program.run(0..<program.end, tokens: program.rows)
            results.insert(program.mean(of: result, tokens: 1))
        }
        #expect(results.count == 1)
    }
}

extension Precision {
    /// What rounding costs a product of numbers near 1, for each root of a term.
    fileprivate var tolerance: Double {
        switch self {
        case .float32: 1e-5
        case .bfloat16: 0.02
        // Without VNNI a row's bytes are seven bits of its range, which is of both signs here.
        case .int8: Precision.hasVNNI ? 0.04 : 0.08
        }
    }
}
