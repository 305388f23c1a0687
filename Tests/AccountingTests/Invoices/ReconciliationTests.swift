import Accounting
import Domain
import Testing

@Suite struct ReconciliationTests {
    private typealias Figures = Reconciliation.Figures

    private static let half = Reconciliation.Tolerance(share: 0.005, money: .zero)

    private func verdict(
        _ ledger: Figures?,
        _ invoice: Figures?,
        _ tolerance: Reconciliation.Tolerance = half
    ) -> Reconciliation.Verdict? {
        Reconciliation(
            ledger: ledger.map { [["m"]: $0] } ?? [:],
            invoice: invoice.map { [["m"]: $0] } ?? [:],
            tolerance: tolerance
        ).lines.first?.verdict
    }

    private func money(_ dollars: Double) -> Money { Money(nanodollars: Int64(dollars * 1e9)) }

    @Test func whatEitherSideDoesNotTellIsNotCompared() {
        let ours = Figures(input: 10, cached: 5, output: 7, cost: money(1))
        #expect(verdict(ours, Figures(input: 10, output: 7)) == .agrees)
        #expect(verdict(ours, Figures(cost: money(1))) == .agrees)
        #expect(verdict(ours, Figures(input: 10, cached: 4)) == .tokensDiffer)
    }

    @Test func costsComeFirst() {
        let ours = Figures(input: 1000, output: 7, cost: money(1))
        #expect(verdict(ours, Figures(input: 2000, output: 7, cost: money(2))) == .costDiffers)
        #expect(verdict(ours, Figures(input: 2000, output: 7, cost: money(1))) == .tokensDiffer)
    }

    /// Just inside the tolerance and just outside.
    @Test(arguments: [
        (1000.0, 995.0, true), (1000, 994.9, false), (995, 1000, true), (0, 0, true), (0, 0.000000001, false),
    ])
    func theToleranceIsAShareOfTheLarger(ledger: Double, invoice: Double, agrees: Bool) {
        #expect((verdict(Figures(cost: money(ledger)), Figures(cost: money(invoice))) == .agrees) == agrees)
    }

    @Test func orAnAmount() {
        let cent = Reconciliation.Tolerance(share: 0, money: money(0.01))
        #expect(verdict(Figures(cost: money(0.012)), Figures(cost: money(0.02)), cent) == .agrees)
        #expect(verdict(Figures(cost: money(0.0099)), Figures(cost: money(0.02)), cent) == .costDiffers)
    }

    @Test func whatOneSideAloneHasIsNamed() {
        #expect(verdict(Figures(input: 1), nil) == .notInvoiced)
        #expect(verdict(nil, Figures(input: 1)) == .notInLedger)
        #expect(verdict(nil, Figures(cost: money(-1))) == .notInLedger)
        #expect(verdict(nil, Figures(input: 0, output: 0, cost: .zero)) == .agrees, "a line of zeros is none")
    }

    @Test func theExtremesDoNotTrap() {
        let most = Figures(input: .max, cost: .max)
        let least = Figures(input: 0, cost: Money(nanodollars: .min))
        #expect(verdict(most, least) == .costDiffers)
        let total = Reconciliation(ledger: [["a"]: most, ["b"]: most], invoice: [:], tolerance: Self.half).total
        #expect(total.ledger == Figures(input: .max, cost: .max))
    }

    @Test func groupsAndTotalsAddUp() throws {
        let csv = """
            model,date,input_tokens,output_tokens,cost_usd
            gpt-4o-2024-08-06,2026-01-01,100,10,0.5
            gpt-4o-2024-08-06,2026-01-02,200,20,1
            other,2026-01-02,7,1,0.1
            gpt-4o-2024-08-06,2026-02-01,999,9,9
            """
        let invoice = try Invoice(Array(csv.utf8))
        let days = try #require(Day("2026-01-01"))...(try #require(Day("2026-01-31")))
        let theirs = invoice.figures(by: [.model], days: days) { $0 == "other" ? $0 : "gpt-4o" }
        let ours = [
            ["gpt-4o"]: Figures(input: 300, output: 30, cost: money(1.5)),
            ["mine"]: Figures(input: 1, output: 1, cost: money(1)),
        ]
        let reconciliation = Reconciliation(ledger: ours, invoice: theirs, tolerance: Self.half)
        #expect(reconciliation.lines.map(\.group) == [["gpt-4o"], ["mine"], ["other"]])
        #expect(reconciliation.lines.map(\.verdict) == [.agrees, .notInvoiced, .notInLedger])
        #expect(reconciliation.lines.map(\.difference.nanodollars) == [0, 1_000_000_000, -100_000_000])
        #expect(reconciliation.total.invoice == Figures(input: 307, output: 31, cost: money(1.6)))
        #expect(!reconciliation.agrees)
        #expect(invoice.days?.upperBound.description == "2026-02-01")
        #expect(
            invoice.figures(by: [.day, .key], days: nil) { $0 }.keys.sorted { $0[0] < $1[0] }.map(\.self).first == [
                "2026-01-01", "",
            ]
        )
    }
}
