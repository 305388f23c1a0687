import Budgets
import Domain
import Glibc
import Testing

@Suite struct PacingTests {
    private struct Outcome {
        var spent: Int64 = 0
        var refused = 0
        /// When the first request was refused, as a share of the day.
        var exhaustedAt = 1.0
        var value = 0.0
        var requests = 0
    }

    /// A day of requests, three times as many at noon as at night.
    ///
    /// Each may go to a model that costs ten times another's
    /// price and is worth more to it by chance; at a price of 1 the dear one is taken by most, and costs thrice the cap.
    private func day(isPaced: Bool, measure: Budget.Measure, seed: UInt64) -> Outcome {
        let (cap, mean, cheap) = (Int64(1_000_000_000), 20_000.0, 10_000.0)
        let start = morning - morning % 86_400_000
        let paced = Budget(
            id: "b",
            scope: .everyone,
            measure: measure,
            cap: cap,
            window: .calendar(.day),
            isPaced: isPaced
        )
        let book = BudgetBook([paced], [], settings: BudgetSettings(), now: start)
        let accounts = book.accounts(for: .anonymous, tags: [])
        var generator = SeededGenerator(seed: seed)
        func unit() -> Double { Double.random(in: 1e-12..<1, using: &generator) }

        var outcome = Outcome()
        var elapsed = 0.0
        while true {
            let load = 1 - 0.5 * cos(2 * .pi * elapsed / 86_400_000)
            elapsed += -log(unit()) * 86_400_000 / mean / load
            guard elapsed < 86_400_000 else { return outcome }
            outcome.requests += 1
            let now = start + Int64(elapsed)
            let price = book.headroom(of: accounts, model: nil, before: .zero, startedAt: now, now: now).prices[measure]
            // Worth in multiples of the cheap one's price; costs scatter by a factor of about two either way.
            let gain = 60 * unit()
            let isDear = gain > 9 * price
            let cost = (isDear ? 10 : 1) * cheap * exp(0.7 * sqrt(-2 * log(unit())) * cos(2 * .pi * unit()) - 0.245)
            let charge = Charge(measure, Int64(cost))
            let claim = Claim(
                accounts: accounts,
                model: ModelID("m"),
                request: RequestID(high: 0, low: 0),
                startedAt: now,
                before: .zero,
                need: charge,
                minimum: charge
            )
            if let hold = try? book.hold(claim, now: now) {
                book.settle(hold, actual: charge, now: now)
                outcome.spent += Int64(cost)
                outcome.value += isDear ? 10 + gain : 10
            } else {
                if outcome.refused == 0 { outcome.exhaustedAt = elapsed / 86_400_000 }
                outcome.refused += 1
            }
        }
    }

    @Test(arguments: [Budget.Measure.cost, .carbon], 0..<2 as Range<UInt64>)
    func aPacedBudgetLastsItsDay(measure: Budget.Measure, seed: UInt64) {
        let paced = day(isPaced: true, measure: measure, seed: seed)
        #expect(paced.exhaustedAt > 0.99)
        #expect(Double(paced.spent) > 0.99e9)
        #expect(paced.spent <= 1_000_000_000)
        #expect(Double(paced.refused) < 0.005 * Double(paced.requests))

        let greedy = day(isPaced: false, measure: measure, seed: seed)
        #expect(greedy.exhaustedAt < 0.6)
        #expect(Double(greedy.refused) > 0.3 * Double(greedy.requests))
        #expect(paced.value > 1.2 * greedy.value)
    }

    @Test func thePriceStaysWithinItsRange() {
        var price = PacingPrice()
        let settings = PacingPrice.Settings(stepSize: 0.05, priceMax: 100)
        for _ in 0..<1000 { price.update(spent: 1, left: 0, stepsLeft: 10, settings: settings) }
        #expect(price.value == 100)
        price.update(spent: 0, left: 0, stepsLeft: 10, settings: settings)
        #expect(price.value == 100)
        for absurd in [Double.nan, .infinity, -1] {
            price.update(spent: absurd, left: absurd, stepsLeft: absurd, settings: settings)
            #expect((1...100).contains(price.value))
        }
        for _ in 0..<1000 { price.update(spent: 0, left: 10, stepsLeft: 10, settings: settings) }
        #expect(price.value == 1)
    }

    /// λ·exp(η·(spent / (left / steps) − 1)), by hand: 2 spent where 1 is the share, then 100 where 5 is the most.
    @Test func theRuleIsThatOfThePaper() {
        var price = PacingPrice()
        let settings = PacingPrice.Settings(stepSize: 0.02)
        price.update(spent: 2, left: 10, stepsLeft: 10, settings: settings)
        #expect(abs(price.value - exp(0.02)) < 1e-12)
        price.update(spent: 100, left: 10, stepsLeft: 10, settings: settings)
        #expect(abs(price.value - exp(0.12)) < 1e-12)
    }
}

extension Charge {
    fileprivate init(_ measure: Budget.Measure, _ amount: Int64) {
        switch measure {
        case .cost: self.init(cost: Money(nanodollars: amount))
        case .tokens: self.init(tokens: amount)
        case .energy: self.init(energy: Energy(microjoules: amount))
        case .carbon: self.init(carbon: Carbon(micrograms: amount))
        }
    }
}
