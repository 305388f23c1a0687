import Budgets
import Domain
import Reactor
import Routing
import Testing

@testable import Gateway

/// What a stream does when its hold runs out: it asks for more, and in time where others have to give it up first.
@Suite struct AllowanceTests {
    private let policy: Policy
    private let control: SpendControl
    private let now = WallClock.unixMilliseconds
    private let noon = ContinuousClock.now

    /// One budget of 1,000 tokens, for everyone.
    init() throws {
        policy = try Policy.test([entry("a")])
        let budget = Budget(id: "b", scope: .everyone, measure: .tokens, cap: 1000, window: .rolling(.day))
        control = try SpendControl(SpendControl.Rules(budgets: [budget]), holdSecondsMax: 3600, now: now)
    }

    /// A stream of 100 prompt tokens and likely 200 generated ones, of at most 2,000.
    private func stream(lead: Int) throws -> Allowance {
        var generator = SeededGenerator(seed: 1)
        return try Allowance(
            HoldPolicy.Request(inputTokens: 100, outputTokensMax: 2000, outputTokensLikely: 200, isStreamed: true),
            accounts: control.book.accounts(for: .anonymous, tags: []),
            headroom: .unlimited,
            model: ModelID("a"),
            id: RequestID(unixMilliseconds: now, using: &generator),
            before: .zero,
            rate: policy.holdRate(0),
            isPatient: false,
            lead: lead,
            control: control,
            now: now
        )
    }

    /// Gives this replica `ceiling` of the budget as its part.
    private func lease(_ ceiling: Int64) throws {
        let query = try #require(control.book.leaseQueries(now: now).first)
        let line = LeaseLine(replica: 1, cell: query.cell, ceiling: ceiling, used: 0)
        control.book.take([LeaseGrant(key: query.key, line: line)], until: noon.advanced(by: .seconds(12)))
    }

    @Test func asksWhenAllIsUsed() throws {
        let allowance = try stream(lead: 0)
        #expect((allowance.outputTokens, allowance.tokensToAskAt) == (200, 200))
        #expect(try !allowance.cover(199), "nothing more is to be journalled")
        #expect(allowance.outputTokens == 200)
        #expect(try allowance.cover(200))
        #expect(allowance.outputTokens == 300)
        // Of 1,000 tokens 900 are left beside the prompt, and a stream is given no fewer than 16 more.
        #expect(try allowance.cover(884))
        #expect(allowance.outputTokens == 900)
        #expect(throws: Shortfall.self) { try allowance.cover(900) }
        allowance.settle(Charge(tokens: 950))
    }

    /// What others have is asked for while there is enough to go on with; what they give up comes in time.
    @Test func asksAheadOfOthers() throws {
        control.book.share(.leaseOnly) { [noon] in noon }
        try lease(300)
        let allowance = try stream(lead: 96)
        #expect(try !allowance.cover(103))
        #expect((allowance.outputTokens, allowance.tokensToAskAt) == (200, 104))
        // There is no more here yet, and that ends nothing.
        for tokens in [104, 150, 199] { #expect(try !allowance.cover(tokens)) }
        #expect(allowance.outputTokens == 200)
        #expect(throws: Shortfall.self) { try allowance.cover(200) }
        try lease(400)
        #expect(try allowance.cover(199))
        #expect(allowance.outputTokens == 298)
    }

    /// A stream that asks ahead ends no sooner than one that does not, where nobody has any more.
    @Test func whatIsPaidForIsDelivered() throws {
        control.book.share(.leaseOnly) { [noon] in noon }
        try lease(1000)
        let allowance = try stream(lead: 96)
        #expect(try allowance.cover(800))
        #expect(allowance.outputTokens == 900)
        #expect(try !allowance.cover(899))
        #expect(throws: Shortfall.self) { try allowance.cover(900) }
    }
}
