import Domain
import LinearAlgebra
import Testing

@Suite struct CholeskyTests {
    @Test func solvesByHand() throws {
        // 4x + 2y = 2 and 2x + 3y = 1.
        let cholesky = try #require(Cholesky([4, 0, 2, 3], size: 2))
        var right = [2.0, 1]
        cholesky.solve(&right)
        #expect(abs(right[0] - 0.5) < 1e-12 && abs(right[1]) < 1e-12)
    }

    @Test func refusesWhatIsNotPositiveDefinite() {
        #expect(Cholesky([1, 0, 2, 1], size: 2) == nil)
        #expect(Cholesky([1, 0, 2, 1], size: 2, ridge: 2) != nil)
        #expect(Cholesky([.nan], size: 1) == nil)
    }

    /// A solution put back into its equations gives their right sides, whatever the size; sums go by fours.
    @Test(arguments: 1..<20)
    func solvesWhatItIsGiven(size: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size))
        let root = (0..<size * size).map { _ in Double.random(in: -1...1, using: &generator) }
        // A·Aᵀ + I is positive definite.
        var matrix = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0..<size {
                let sum = (0..<size).reduce(0) { $0 + root[row * size + $1] * root[column * size + $1] }
                matrix[row * size + column] = sum + (row == column ? 1 : 0)
            }
        }
        let wanted = (0..<size).map { _ in Double.random(in: -9...9, using: &generator) }
        let cholesky = try #require(Cholesky(matrix, size: size))
        var solution = wanted
        cholesky.solve(&solution)
        for row in 0..<size {
            let back = (0..<size).reduce(0) { $0 + matrix[row * size + $1] * solution[$1] }
            #expect(abs(back - wanted[row]) < 1e-9)
        }
    }

    /// A factor that goes on with more rows is that of the whole.
    @Test func goesOnWithMoreRows() throws {
        let whole = try #require(Cholesky([4, 0, 0, 2, 3, 0, 1, 0.5, 6], size: 3, ridge: 1))
        let base = try #require(Cholesky([4, 0, 2, 3], size: 2, ridge: 1))
        let extended = try #require(Cholesky(extending: base, by: [[1, 0.5, 6]], ridge: 1))
        var (left, right) = ([1.0, 2, 3], [1.0, 2, 3])
        whole.solve(&left)
        extended.solve(&right)
        #expect(left == right)
        #expect(Cholesky(extending: base, by: [[9, 9, 0.1]]) == nil)
    }
}
