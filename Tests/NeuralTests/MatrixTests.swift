import Domain
import Neural
import Testing

@Suite struct MatrixTests {
    /// Shapes of one row, one column, one number, none, and such that no block divides.
    @Test(arguments: [(1, 1, 1), (3, 5, 7), (1, 384, 9), (65, 1, 33), (17, 130, 31), (4, 0, 3), (0, 2, 2)])
    func multiplies(rows: Int, inner: Int, columns: Int) {
        var generator = SeededGenerator(seed: 1)
        let left = generator.matrix(rows, inner)
        let right = generator.matrix(inner, columns)
        let expected = Matrix.plainProduct(left, right)
        check(.product(left, right), expected)
        check(.product(left.transposed, right, transposing: .left), expected)
        check(.product(left, right.transposed, transposing: .right), expected)

        var sum = generator.matrix(rows, columns)
        let sums = zip(sum.values, expected).map { Double($0) / 2 + $1 }
        sum.accumulate(left, right, scale: 0.5)
        check(sum, sums)
    }

    /// A vector's product is added to what is there; factors beyond the rows don't count.
    @Test(arguments: [(1, 1), (2, 16), (7, 5), (64, 64), (9, 80), (0, 3), (3, 0)])
    func addsProductsOfVectors(rows: Int, columns: Int) {
        var generator = SeededGenerator(seed: 3)
        let (matrix, vector) = (generator.matrix(rows, columns), generator.matrix(1, rows))
        let before = generator.matrix(1, columns).values
        var sums = before
        matrix.addProduct(of: vector.values + [.infinity], to: &sums)
        let product = Matrix.plainProduct(vector, matrix)
        for (place, sum) in sums.enumerated() { #expect(abs(Double(sum - before[place]) - product[place]) < 1e-4) }
    }

    private func check(_ product: Matrix, _ expected: [Double]) {
        #expect(product.values.count == expected.count)
        // Sums of up to 384 products of numbers near 1: their rounding is below a millionth of their size, which is 20.
        for (value, wanted) in zip(product.values, expected) { #expect(abs(Double(value) - wanted) < 1e-4) }
    }

    @Test func refusesShapesThatDoNotFit() async {
        await #expect(processExitsWith: .failure) {
            _ = Matrix.product(Matrix(rows: 2, columns: 3), Matrix(rows: 2, columns: 3))
        }
        await #expect(processExitsWith: .failure) { _ = Matrix(rows: 2, columns: 2, values: [1]) }
    }

    /// Several threads at once get what one gets.
    @Test func multipliesOnManyThreads() async {
        var generator = SeededGenerator(seed: 2)
        let left = generator.matrix(40, 64)
        let right = generator.matrix(64, 48)
        let alone = Matrix.product(left, right)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<32 { group.addTask { Matrix.product(left, right) == alone } }
            for await isSame in group { #expect(isSame) }
        }
    }
}
