import Domain
import Glibc
import Neural
import Testing

@testable import Routing

/// Lengths of answers as ratios to what is usual, by a head whose outputs are known.
@Suite struct LengthEstimatorTests {
    /// One feature, where it is 1 answers are twice as long as usual: 100 and 50 tokens, and an unknown number.
    private static let lengths = StackWeights.Lengths(
        heads: FeatureVector.Tier.allCases.map { _ in
            StackWeights.Heads(weights: Matrix(rows: 1, columns: 1, values: [0.6931472]), biases: [0])
        },
        usual: [100, 50, .nan]
    )

    private func length(_ value: Float, belonging: Float = 1) -> LengthEstimate {
        LengthEstimator(Self.lengths, models: [1, 0, nil, 2]).length(for: [value], .full, belonging: belonging)
    }

    @Test func theRatioIsOneForAllModels() {
        let length = length(0.5)
        #expect(abs(length.ratio - 2.0.squareRoot()) < 1e-5)
        #expect(length.tokens == [50 * length.ratio, 100 * length.ratio, nil, nil])
    }

    /// Eight times is held to four, and a fifth to a quarter; far from home nothing is foreseen, half way the root.
    @Test func ratiosAreHeldToWhatWasSeen() {
        #expect(abs(length(3).ratio - 4) < 1e-5 && abs(length(-2.4).ratio - 0.25) < 1e-5)
        #expect(abs(length(1.9).ratio - pow(2, 1.9)) < 1e-5)
        #expect(length(1, belonging: 0).ratio == 1)
        #expect(abs(length(1, belonging: 0.5).ratio - 2.0.squareRoot()) < 1e-5)
    }

    /// Numbers that are none foresee nothing odd.
    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func oddNumbersForeseeNothingOdd(value: Float) {
        #expect((0.24...4.01).contains(length(value).ratio))
        #expect(length(value, belonging: 0).ratio == 1)
    }
}
