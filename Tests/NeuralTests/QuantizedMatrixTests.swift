import Domain
import Testing

@testable import Neural

@Suite struct QuantizedMatrixTests {
    /// Vectors of all lengths, those of no whole number of registers among them.
    @Test(arguments: [(1, 1), (3, 5), (40, 17), (9, 384), (7, 768), (2, 2049), (5, 0)])
    func multipliesNearly(rows: Int, columns: Int) {
        var generator = SeededGenerator(seed: 1)
        let matrix = generator.matrix(rows, columns)
        let vector = generator.matrix(1, columns).values
        let plain = Matrix.plainProduct(matrix, Matrix(rows: columns, columns: 1, values: vector))
        let lengths = (0..<rows).map { length(matrix[row: $0]) * length(vector[...]) }
        for (place, (byte, float)) in zip(QuantizedMatrix(matrix).products(with: vector), matrix.products(with: vector))
            .enumerated()
        {
            #expect(abs(Double(float) - plain[place]) <= 1e-6 * Double(max(lengths[place], 1)))
            // Each value is off by at most half a step, 1/254 of the greatest: together a fiftieth of their length.
            #expect(abs(Double(byte) - plain[place]) <= 0.01 * Double(lengths[place]), "\(byte) for \(plain[place])")
        }
    }

    private func length(_ values: ArraySlice<Float>) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    /// Rows that come later count as those that were there.
    @Test func growsAndForgets() {
        var generator = SeededGenerator(seed: 2)
        let matrix = generator.matrix(6, 50)
        var grown = QuantizedMatrix(Matrix(rows: 0, columns: 0))
        for row in [0, 1, 5, 3] { grown.append(row: Array(matrix[row: row])) }
        grown.replace(row: 2, with: Array(matrix[row: 2]))
        let first = Matrix(rows: 4, columns: 50, values: Array(matrix.values[..<200]))
        #expect(grown == QuantizedMatrix(first))
        let vector = generator.matrix(1, 50).values
        #expect(grown.products(with: vector) == QuantizedMatrix(first).products(with: vector))
    }

    /// The greatest numbers at the greatest lengths stay within 32 bits.
    @Test func doesNotOverflow() {
        let ones = Matrix(rows: 2, columns: 70_000, values: Array(repeating: 3, count: 140_000))
        let products = QuantizedMatrix(ones).products(with: Array(repeating: 2, count: 70_000))
        #expect(products.allSatisfy { abs($0 - 420_000) < 0.02 * 420_000 }, "\(products)")
    }

    @Test func whatIsNoNumberCountsAsNothing() {
        let matrix = Matrix(rows: 3, columns: 2, values: [0, 0, .nan, 1, 3, 4])
        #expect(QuantizedMatrix(matrix).products(with: [1, 1])[..<2] == [0, 0])
        #expect(QuantizedMatrix(matrix).products(with: [0, 0]) == [0, 0, 0])
        #expect(QuantizedMatrix(matrix).products(with: [.infinity, 1]) == [0, 0, 0])
        #expect(QuantizedMatrix(matrix).products(with: [.nan, 1]).allSatisfy { $0.isFinite })
        #expect(QuantizedMatrix(matrix).products(with: [Float.leastNonzeroMagnitude, 0]).allSatisfy { $0.isFinite })
    }
}
