import Domain
import Routing
import Testing

@Suite struct FilterTests {
    private func model(_ name: String) -> Model { DefaultFleet.model(name, 0.001, 100, 0.9, 2, [.general]) }

    private func decide(_ request: RoutingRequest, among models: [Model]) -> Decision {
        let catalogue = Catalogue(models: models, priceVersion: "test")
        let router = Router(catalogue: catalogue, settings: RouterSettings(exploration: 0))
        return router.decide(request, fleet: Fleet(catalogue: catalogue).snapshot(now: 0), draw: 0)
    }

    private let request = DefaultFleet.request(.general, .costOptimized, .none)

    @Test func rejectsAModelThatDoesNotAnswerTheEndpoint() {
        let embedder = DefaultFleet.model("embedder", 0, 1, 1, 2, [.general], endpoints: [.embeddings])
        let decision = decide(request, among: [embedder, model("chat")])
        #expect(decision.choice == 1)
        #expect(decision.candidates[0].rejection == .endpointNotServed)
        #expect(decision.candidates[0].score == nil)
        #expect(decision.fallbacks.isEmpty)
    }

    @Test func namesTheFeatureThatIsMissing() {
        let able = DefaultFleet.model("able", 1, 1, 1, 2, [.general], features: [.tools, .images])
        let half = DefaultFleet.model("half", 0, 1, 1, 2, [.general], features: [.tools])
        var request = request
        request.features = [.tools, .images]
        let decision = decide(request, among: [half, able])
        #expect(decision.choice == 1)
        #expect(decision.candidates[0].rejection == .featureMissing(.images))
    }

    @Test func needsTheCapabilityUnlessNoneIsAskedFor() {
        let poet = DefaultFleet.model("poet", 0, 1, 1, 2, [.creativeWriting])
        #expect(decide(request, among: [poet, model("all")]).candidates[0].rejection == .capabilityMissing(.general))
        var pinned = request
        pinned.capability = nil
        pinned.only = ["poet"].map { ModelID($0) }
        let decision = decide(pinned, among: [model("all"), poet])
        #expect(decision.choice == 1)
        #expect(decision.reason == .onlyCandidate)
        #expect(decision.candidates[0].rejection == .notAllowed)
    }

    /// The prompt and the longest answer allowed must fit: 7192 + 1000 is just inside 8192.
    @Test(arguments: [(7192, true), (7193, false), (Int.max, false)])
    func countsTheAnswerIntoTheContext(inputTokens: Int, fits: Bool) {
        var request = request
        request.inputTokens = inputTokens
        request.outputTokens = 10
        request.outputTokensMax = 1000
        let decision = decide(request, among: [model("one")])
        #expect((decision.choice != nil) == fits)
        #expect(decision.refusal == (fits ? nil : .unserved))
    }

    @Test(arguments: [(500, true), (501, false)])
    func rejectsAnswersLongerThanTheModelGives(outputTokensMax: Int, fits: Bool) {
        var request = request
        request.outputTokensMax = outputTokensMax
        let brief = DefaultFleet.model("brief", 0, 1, 1, 2, [.general], outputTokensMax: 500)
        let rejection = decide(request, among: [brief]).candidates[0].rejection
        #expect(rejection == (fits ? nil : .outputTooLong(tokensAsked: 501, limit: 500)))
    }

    @Test func refusesWhenNothingServes() {
        let decision = decide(DefaultFleet.request(.translation, .balanced), among: [model("a"), model("b")])
        #expect(decision.choice == nil)
        #expect(decision.reason == .refused)
        #expect(decision.refusal == .unserved)
        let catalogue = Catalogue(models: [model("a"), model("b")], priceVersion: "test")
        #expect(decision.explanation(in: catalogue) == "no model serves this request: 2 capability_missing")
        #expect(decide(request, among: []).refusal == .unserved)
    }

    @Test func knowsWhichCapabilitiesAreServed() {
        #expect(DefaultFleet.router.serves(.translation, on: .chat))
        #expect(!DefaultFleet.router.serves(.translation, on: .embeddings))
    }
}
