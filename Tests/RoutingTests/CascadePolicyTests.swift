import Domain
import Routing
import Testing

@Suite struct CascadePolicyTests {
    private static let broken = AnswerCheck(of: "no", against: AnswerDemands(of: "in JSON"))
    private static let sound = AnswerCheck(of: #"{"a": 1}"#, against: AnswerDemands(of: "in JSON"))

    private static func option(_ index: Int, _ quality: Double, cents: Int64, seconds: Int = 1) -> CascadePolicy.Option
    {
        .init(index: index, quality: quality, cost: .init(nanodollars: cents * 10_000_000), latency: .seconds(seconds))
    }

    /// Beside a model of quality 0.5.
    private static let options = [
        option(1, 0.7, cents: 4), option(2, 0.9, cents: 9, seconds: 4), option(3, 0.52, cents: 1),
    ]

    private func step(
        _ check: AnswerCheck = broken,
        _ policy: CascadePolicy = CascadePolicy(),
        cents: Int64? = nil,
        seconds: Int? = nil,
        escalations: Int = 0
    ) -> CascadePolicy.Step {
        policy.step(
            check,
            of: 0.5,
            options: Self.options,
            within: .init(
                cost: cents.map { .init(nanodollars: $0 * 10_000_000) },
                latency: seconds.map { .seconds($0) }
            ),
            escalations: escalations
        )
    }

    /// The cheapest of those that are enough better; one of 0.52 is not.
    @Test func theCheapestThatIsBetterIsAsked() {
        #expect(step() == .escalate(to: 1, because: .fault(.invalidJSON)))
        #expect(step(Self.broken, CascadePolicy(gainMin: 0.3)) == .escalate(to: 2, because: .fault(.invalidJSON)))
        #expect(step(Self.broken, CascadePolicy(gainMin: 0)) == .escalate(to: 3, because: .fault(.invalidJSON)))
        #expect(step(Self.broken, CascadePolicy(gainMin: 0.5)) == .keep(.fault(.invalidJSON), .noBetterModel))
    }

    @Test func whatPassesIsAccepted() { #expect(step(Self.sound) == .accept) }

    /// Just inside and just outside of each limit.
    @Test func limitsAreKept() {
        #expect(step(cents: 4) == .escalate(to: 1, because: .fault(.invalidJSON)))
        #expect(step(cents: 3) == .keep(.fault(.invalidJSON), .cost))
        #expect(step(seconds: 1) == .escalate(to: 1, because: .fault(.invalidJSON)))
        #expect(step(seconds: 0) == .keep(.fault(.invalidJSON), .latency))
        #expect(step(escalations: 1) == .keep(.fault(.invalidJSON), .escalations))
    }

    /// A gain of 0.2 for 4 cents is 20 cents a point; one of 0.4 for 9 cents is 22.5.
    @Test(arguments: [(19, nil), (20, 1), (30, 1)] as [(Int64, Int?)])
    func aGainHasItsPrice(cents: Int64, choice: Int?) {
        let policy = CascadePolicy(pricePerQualityMax: Money(nanodollars: cents * 10_000_000))
        let expected = choice.map { CascadePolicy.Step.escalate(to: $0, because: .fault(.invalidJSON)) }
        #expect(step(Self.broken, policy) == expected ?? .keep(.fault(.invalidJSON), .cost))
    }

    /// At 0.6, as the cost-aware router has it, a short answer does not pass; by default it does.
    @Test func uncertaintyCountsFromItsLimitOn() {
        let short = AnswerCheck(of: "Paris.", against: AnswerDemands())
        #expect(CascadePolicy().doubt(short) == nil)
        #expect(CascadePolicy(uncertaintyMax: 0.7).doubt(short) == .unsure)
        #expect(CascadePolicy(uncertaintyMax: 0.71).doubt(short) == nil)
        #expect(CascadePolicy().doubt(AnswerCheck(of: "I'm not sure.", against: AnswerDemands())) == .unsure)
    }

    /// What was asked for in so many words counts whatever the weights make of it: a missing key leaves 0.6.
    @Test func aMissingKeyDoesNotPass() {
        let demands = AnswerDemands(of: "Return JSON with keys: a, b")
        let check = AnswerCheck(of: #"{"a": 1}"#, against: demands)
        #expect(check.quality == 0.6 && CascadePolicy().doubt(check) == .fault(.keyMissing))
    }

    @Test func poorFormDoesNotPass() {
        let again = AnswerCheck(of: String(repeating: "again and ", count: 20), against: AnswerDemands())
        #expect(CascadePolicy().doubt(again)?.code == "repetitive")
        let half = AnswerCheck(of: "a b c d e f a b c d e f", against: AnswerDemands())
        #expect(CascadePolicy().doubt(half) == .poor && CascadePolicy(qualityMin: 0.4).doubt(half) == nil)
    }
}
