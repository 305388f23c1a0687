import Domain
import Testing

@testable import Budgets

@Suite struct HoldPolicyTests {
    private let policy = HoldPolicy()
    private let prices = TokenPrices(input: 2_500_000, cachedInput: 1_250_000, cacheWrite: 0, output: 10_000_000)

    private func charge(_ input: Int, _ output: Int) -> Charge {
        Charge(
            cost: prices.cost(of: TokenUsage(input: input, output: output)),
            tokens: Int64(input + output),
            energy: Energy(microjoules: Int64(output) * 3_000_000),
            carbon: Carbon(micrograms: Int64(output) / 3)
        )
    }

    private func request(likely: Int, max: Int, isStreamed: Bool) -> HoldPolicy.Request {
        HoldPolicy.Request(inputTokens: 1000, outputTokensMax: max, outputTokensLikely: likely, isStreamed: isStreamed)
    }

    private func headroom(of book: BudgetBook) -> Headroom {
        let accounts = book.accounts(for: .anonymous, tags: [])
        return book.headroom(of: accounts, model: nil, before: .zero, startedAt: morning, now: morning)
    }

    @Test func aStreamHoldsWhatIsLikely() {
        let plan = policy.plan(request(likely: 500, max: 16_384, isStreamed: true), spare: .unlimited, charge: charge)
        #expect(plan.need == charge(1000, 500))
        #expect(plan.minimum == charge(1000, 16))
    }

    @Test func aWholeAnswerHoldsItsWorstCaseWhileThereIsPlenty() {
        let request = request(likely: 500, max: 16_384, isStreamed: false)
        #expect(policy.plan(request, spare: .unlimited, charge: charge).outputTokens == 16_384)
        // 25 dollars: the worst case of 0.166 is less than a sixteenth.
        let book = BudgetBook([budget("daily", 25_000_000_000), budget("each", 200_000_000, window: .request)])
        #expect(policy.plan(request, spare: headroom(of: book).spare, charge: charge).outputTokens == 16_384)
    }

    @Test func aWholeAnswerHoldsASmallShareOfWhatIsLeftOrWhatIsLikely() {
        let request = request(likely: 500, max: 16_384, isStreamed: false)
        for nanodollars in [1_000_000_000, 100_000_000, 10_000_000] as [Int64] {
            let spare = headroom(of: BudgetBook([budget("daily", nanodollars)])).spare
            let plan = policy.plan(request, spare: spare, charge: charge)
            #expect(plan.outputTokens >= 500 && plan.outputTokens < 16_384)
            #expect(plan.outputTokens == 500 || plan.need.cost.nanodollars <= nanodollars / 16)
            #expect(plan.outputTokens == 500 || charge(1000, plan.outputTokens + 1).cost.nanodollars > nanodollars / 16)
        }
    }

    /// A budget of 25 dollars and models of 128k tokens: reserving worst cases would refuse the 20th request at once.
    @Test func aFreshBudgetServesManyAtOnceAndNoneBeyondItsCap() throws {
        let cap: Int64 = 25_000_000_000
        let book = BudgetBook([budget("daily", cap)])
        var admitted: [(Hold, Int)] = []
        for _ in 0..<1000 {
            let request = request(likely: 800, max: 128_000, isStreamed: false)
            let plan = policy.plan(request, spare: headroom(of: book).spare, charge: charge)
            let hold = try book.hold(plan.need, minimum: plan.minimum)
            admitted.append((hold, policy.maxTokens(of: request, within: hold.granted, charge: charge)))
        }
        #expect(admitted.allSatisfy { $0.1 >= 800 })
        for (hold, maxTokens) in admitted { book.settle(hold, actual: charge(1000, maxTokens), now: morning) }
        let status = try #require(book.status("daily"))
        #expect(status.overspend == 0)
        #expect(status.spent <= cap)
    }

    /// Whatever is granted between minimum and need pays for what `max_tokens` is lowered to, and not for one more.
    @Test(arguments: 0..<200)
    func whatIsGrantedIsNeverExceeded(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let largest = Int.random(in: 1...20_000, using: &generator)
        let likely = Int.random(in: 0...largest, using: &generator)
        let request = request(likely: likely, max: largest, isStreamed: Bool.random(using: &generator))
        let plan = policy.plan(request, spare: .unlimited, charge: charge)
        let cap = Int64.random(in: plan.minimum.cost.nanodollars...plan.need.cost.nanodollars, using: &generator)
        let hold = try BudgetBook([budget("b", cap)]).hold(plan.need, minimum: plan.minimum)
        let maxTokens = policy.maxTokens(of: request, within: hold.granted, charge: charge)
        #expect(charge(1000, maxTokens).fits(in: hold.granted))
        #expect(maxTokens >= min(16, plan.outputTokens))
        #expect(maxTokens == largest || !charge(1000, maxTokens + 1).fits(in: hold.granted))
        // Little of what the budget had is lost, by rounding each measure down: a microgram is three tokens here.
        #expect(maxTokens >= plan.outputTokens || charge(1000, maxTokens + 5).cost.nanodollars > cap)
    }
}
