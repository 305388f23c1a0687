import Testing

@testable import Routing

@Suite struct RemedyTests {
    private static let policies = [
        FailurePolicy(), FailurePolicy(contentRefusal: .nextModel), FailurePolicy(repeatsPaidWork: false),
        FailurePolicy(contentRefusal: .nextModel, repeatsPaidWork: false),
    ]

    @Test(arguments: FailureClass.allCases, policies)
    func nothingIsRepeatedThatMustNotBe(failure: FailureClass, policy: FailurePolicy) {
        let remedy = policy.remedy(for: failure)
        switch remedy.repetition {
        case .free: break
        case .paid: #expect(policy.repeatsPaidWork || !remedy.allowsAnotherAttempt)
        case .forbidden: #expect(!remedy.allowsAnotherAttempt)
        }
    }

    /// What the same model may do better, another may as well.
    @Test(arguments: FailureClass.allCases)
    func aSecondTryIsNeverBoundToTheModelThatFailed(failure: FailureClass) {
        let remedy = FailurePolicy().remedy(for: failure)
        if remedy.allowsSameModel { #expect(remedy.elsewhere == .any) }
    }

    /// What the client did wrong, or did itself, says nothing of the backend.
    @Test(arguments: [
        FailureClass.badRequest, .contextExceeded, .contentRefused, .clientClosed, .deadlinePassed, .rateLimited,
        .conflict, .connectionsExhausted,
    ])
    func blamesNoBackendForWhatIsNotItsFault(failure: FailureClass) {
        #expect(!FailurePolicy().remedy(for: failure).countsAgainstHealth)
    }

    @Test func onlyTheConfiguredPolicyTakesRefusedContentElsewhere() {
        #expect(FailurePolicy().remedy(for: .contentRefused).elsewhere == .none)
        #expect(FailurePolicy(contentRefusal: .nextModel).remedy(for: .contentRefused).elsewhere == .any)
    }

    @Test func aTooLongPromptGoesToALargerModelAlone() {
        let remedy = FailurePolicy().remedy(for: .contextExceeded)
        #expect(remedy.elsewhere == .largerContext)
        #expect(!remedy.allowsSameModel)
    }

    @Test(arguments: 400..<600)
    func everyErrorStatusHasAClass(status: Int) {
        let failure = FailureClass(status: status)
        #expect((failure == .overloaded) == (status == 503 || status == 529))
        // OpenAI's SDKs repeat 408, 409, 429 and every 5xx.
        let isRepeatedBySDKs = [408, 409, 429].contains(status) || status >= 500
        #expect(FailurePolicy().remedy(for: failure).allowsSameModel == isRepeatedBySDKs)
    }
}
