import Domain
import Testing

@Suite struct MoneyTests {
    /// A ledger that wraps around turns the dearest day into a gain, and one that traps turns it into an outage.
    @Test(arguments: 0..<50)
    func sumsAreExactAndStopAtTheEndsOfTheRange(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let (left, right) = (generator.edgy(), generator.edgy())
            let (wideLeft, wideRight) = (Int128(left), Int128(right))
            var money = Money(nanodollars: left)
            #expect((money + Money(nanodollars: right)).nanodollars == Int64(saturating: wideLeft + wideRight))
            #expect((money - Money(nanodollars: right)).nanodollars == Int64(saturating: wideLeft - wideRight))
            money += Money(nanodollars: right)
            #expect(money.nanodollars == Int64(saturating: wideLeft + wideRight))
            money = Money(nanodollars: left)
            money -= Money(nanodollars: right)
            #expect(money.nanodollars == Int64(saturating: wideLeft - wideRight))
        }
    }

    @Test func aBillionSmallChargesAddUpToTheLastDigit() {
        let charge = Money(nanodollars: 37)
        let total = (0..<100_000).reduce(into: Money.zero) { sum, _ in sum += charge }
        #expect(total == Money(nanodollars: 3_700_000))
        #expect(0.1 + 0.2 != 0.3, "what whole numbers are for")
    }

    @Test(arguments: [
        (0, "0.000000000"), (1, "0.000000001"), (12_500, "0.000012500"), (-1, "-0.000000001"),
        (999_999_999, "0.999999999"), (1_000_000_000, "1.000000000"), (-1_500_000_000, "-1.500000000"),
        (.max, "9223372036.854775807"), (.min, "-9223372036.854775808"),
    ])
    func showsAllNineDecimalsAndNoExponent(nanodollars: Int64, text: String) {
        #expect(Money(nanodollars: nanodollars).description == text)
    }

    /// Headers and reports show it, so programs read it back.
    @Test(arguments: 0..<50)
    func whatIsShownReadsBackAsTheSameAmount(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let money = Money(nanodollars: generator.edgy())
            let digits = money.description.replacing(".", with: "")
            #expect(Int64(digits) == money.nanodollars)
        }
    }

    @Test(arguments: [
        (0, 0), (0.1, 100_000_000), (1e-9, 1), (0.4e-9, 0), (0.5e-9, 1), (-2.5, -2_500_000_000),
        (9.1e9, 9_100_000_000_000_000_000),
    ])
    func dollarsRoundToTheNearestNanodollar(dollars: Double, nanodollars: Int64) {
        #expect(Money(dollars: dollars)?.nanodollars == nanodollars)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 9.3e9, -9.3e9, .greatestFiniteMagnitude])
    func dollarsBeyondTheRangeAreNone(dollars: Double) {
        #expect(Money(dollars: dollars) == nil)
    }

    /// Dividing and multiplying err by half a bit each: together less than half a nanodollar up to 2^51.
    @Test(arguments: 0..<20)
    func dollarsOfAnyBillReadBackAsTheSameAmount(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let money = Money(nanodollars: .random(in: -(1 << 51)...1 << 51, using: &generator))
            #expect(Money(dollars: money.dollars) == money)
        }
    }

    @Test func theSmallerAmountComesFirst() {
        #expect([Money.max, .zero, Money(nanodollars: -1)].sorted() == [Money(nanodollars: -1), .zero, .max])
    }
}
