import Budgets
import Domain
import Glibc

/// Measures what a hold and its settlement take of the CPU, pacing included.
///
///     swift run -c release BudgetsBench
///
/// CPU time, so that other work on the machine hardly shows.
@main
enum BudgetsBench {
    static func main() throws {
        for windows in [[Budget.Window.calendar(.day)], [.rolling(.hour)], [.calendar(.month), .rolling(.minute)]] {
            for count in [0, 1, 4, 8] {
                let nanoseconds = try nanosecondsPerPair(accounts: count, windows: windows)
                let names = windows.map { "\($0)".replacing("Domain.Budget.Period.", with: "") }.joined(separator: ", ")
                print("\(count) budgets, \(names): \(Int(nanoseconds)) ns for a hold and its settlement")
            }
        }
    }

    /// CPU time of this thread, the best of five runs.
    private static func nanosecondsPerPair(accounts count: Int, windows: [Budget.Window]) throws -> Double {
        let pairs: Int64 = 200_000
        let start: Int64 = 1_800_000_000_000
        let payer = Payer(
            organisation: TenantID(rawValue: "organisation"),
            team: TeamID(rawValue: "team"),
            key: KeyID(rawValue: "key")
        )
        let scopes: [Budget.Scope] = [
            .everyone, .organisation(payer.organisation), .team(TeamID(rawValue: "team")), .key(KeyID(rawValue: "key")),
        ]
        let budgets = (0..<count).map { place in
            Budget(
                id: "budget-\(place)",
                scope: scopes[place % scopes.count],
                measure: Budget.Measure.allCases[place / 2 % 4],
                cap: 1 << 60,
                window: windows[place % windows.count]
            )
        }
        let book = BudgetBook(budgets, [], settings: BudgetSettings(), now: start)
        var claim = Claim(
            accounts: book.accounts(for: payer, tags: []),
            model: ModelID("a-model-of-some-name"),
            request: RequestID(high: 1, low: 1),
            startedAt: start,
            before: .zero,
            need: charge(2000),
            minimum: charge(200)
        )
        // A thousand requests are under way at any time.
        var holds: [Hold] = []
        for _ in 0..<1000 { holds.append(try book.hold(claim, now: start)) }
        var best = Double.infinity
        for run in 0..<5 as Range<Int64> {
            let before = clock()
            for pair in 0..<pairs {
                let now = start + (run * pairs + pair) / 10
                claim.startedAt = now
                let place = Int(pair % 1000)
                book.settle(holds[place], actual: charge(700), now: now)
                holds[place] = try book.hold(claim, now: now)
            }
            best = min(best, Double(clock() - before) / Double(CLOCKS_PER_SEC) * 1e9 / Double(pairs))
        }
        return best
    }

    private static func charge(_ amount: Int64) -> Charge {
        Charge(
            cost: Money(nanodollars: amount),
            tokens: amount,
            energy: Energy(microjoules: amount),
            carbon: Carbon(micrograms: amount)
        )
    }
}
