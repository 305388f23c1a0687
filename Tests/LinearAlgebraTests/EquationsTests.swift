import Domain
import LinearAlgebra
import Testing

@Suite struct EquationsTests {
    /// Sums by fours are the sums, whatever is left of the last four.
    @Test(arguments: 0..<30)
    func addsAllProducts(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let left = (0..<count + 3).map { _ in Double.random(in: -9...9, using: &generator) }
        let right = (0..<count + 3).map { _ in Double.random(in: -9...9, using: &generator) }
        let expected = (0..<count).reduce(0) { $0 + left[$1] * right[$1] }
        #expect(abs(Column(left, count: count).product(Column(right, count: count)) - expected) < 1e-9)
        #expect(abs(dotProduct(Array(left[..<count]).span, Array(right[..<count]).span) - expected) < 1e-9)
    }

    @Test func fitsALineByHand() throws {
        // Through (1, 1), (2, 3) and (3, 5): 2x − 1.
        let equations = Equations([[1, 1, 1], [1, 2, 3]], target: [1, 3, 5])
        let line = try #require(equations.solve(penalties: [0, 0]))
        #expect(abs(line[0] + 1) < 1e-9 && abs(line[1] - 2) < 1e-9)
        #expect(equations.squaredError(of: line) < 1e-9)
        // With the offset alone the mean, whose squared errors are 4 + 0 + 4.
        #expect(abs(equations.squaredError(of: [3, 0]) - 8) < 1e-9)
        // A penalty p on x without offset: Σxy / (Σx² + p) = 22 / (14 + 8).
        let held = try #require(Equations([[1, 2, 3]], target: [1, 3, 5]).solve(penalties: [8]))
        #expect(abs(held[0] - 1) < 1e-9)
    }

    @Test func refusesColumnsThatSayTheSame() {
        let equations = Equations([[1, 2], [1, 2]], target: [1, 2])
        #expect(equations.solve(penalties: [0, 0]) == nil)
        #expect(equations.solve(penalties: [1, 1]) != nil)
    }
}
