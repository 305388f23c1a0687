import Domain
import Routing
import Testing

@Suite struct ClassifierEstimatorTests {
    private let estimator = ClassifierEstimator(
        name: "graham",
        labels: [("LABEL_0", .light), ("LABEL_1", .heavy)],
        models: [ModelPrior(id: ModelID("small"), quality: 0.5), ModelPrior(id: ModelID("new"), quality: .nan)]
    )

    private func estimate(_ labels: [String: [Float]]) -> PromptEstimate {
        estimator.estimate(PromptEvidence(of: "hi", labels: labels))
    }

    /// The label's tier says how much ability counts: 0.5 ^ 1/4 for a light prompt, 0.5 ^ 2 for a heavy one.
    @Test func qualityFallsWithTheTiersDemand() {
        let light = estimate(["graham": [1, 0]])
        #expect(abs(light.qualities[0].expected - 0.840896) < 1e-6 && light.confidence == 1)
        let heavy = estimate(["graham": [0, 1]])
        #expect(heavy.qualities[0].expected == 0.25 && heavy.qualities[1].expected == 0.25)
        let between = estimate(["graham": [0.25, 0.75]])
        #expect(abs(between.qualities[0].expected - (0.25 * 0.840896 + 0.75 * 0.25)) < 1e-6)
        #expect(between.classes.map(\.name) == ["LABEL_1", "LABEL_0"] && between.confidence == 0.75)
    }

    /// Where a text may have both labels or neither, their shares count.
    @Test func labelsOfTheirOwnShare() {
        let both = estimate(["graham": [0.2, 0.6]])
        #expect(abs(both.classes[0].probability - 0.75) < 1e-6 && abs(both.confidence - 0.75) < 1e-6)
    }

    /// The priors, and no confidence: the safe tier is the better choice.
    @Test(arguments: [[:], ["other": [1, 0]], ["graham": [1]], ["graham": [0, 0]], ["graham": [.nan, 1]]])
    func whatWasNotClassifiedIsUnknown(labels: [String: [Float]]) {
        let estimate = estimate(labels)
        #expect(estimate.qualities.map(\.expected) == [0.5, 0.5])
        #expect(estimate.isOutOfDomain && estimate.confidence == 0 && estimate.classes.isEmpty)
    }
}
