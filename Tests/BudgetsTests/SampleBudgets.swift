import Domain

@testable import Budgets

/// 2027-01-15 08:00:00 UTC, in milliseconds.
let morning: Int64 = 1_800_000_000_000

let minute: Int64 = 60_000
let hour: Int64 = 3_600_000
let day: Int64 = 86_400_000

func dollars(_ amount: Int64) -> Charge { Charge(cost: Money(nanodollars: amount)) }

func budget(
    _ id: String,
    _ cap: Int64,
    scope: Budget.Scope = .everyone,
    measure: Budget.Measure = .cost,
    window: Budget.Window = .calendar(.day)
) -> Budget {
    Budget(id: id, scope: scope, measure: measure, cap: cap, window: window)
}

extension BudgetBook {
    convenience init(_ budgets: [Budget], settings: BudgetSettings = BudgetSettings(), now: Int64 = morning) {
        self.init(budgets, [], settings: settings, now: now)
    }

    func hold(
        _ need: Charge,
        minimum: Charge? = nil,
        payer: Payer = .anonymous,
        tags: [String] = [],
        model: ModelID = ModelID("model"),
        before: Charge = .zero,
        startedAt: Int64? = nil,
        now: Int64 = morning
    ) throws(Shortfall) -> Hold {
        let claim = Claim(
            accounts: accounts(for: payer, tags: tags),
            model: model,
            request: RequestID(high: 1, low: 1),
            startedAt: startedAt ?? now,
            before: before,
            need: need,
            minimum: minimum ?? need
        )
        return try hold(claim, now: now)
    }

    func status(_ id: String, now: Int64 = morning) -> BudgetStatus? {
        snapshot(now: now, holdsMax: 0).budgets.first { $0.budget.id == id }
    }

    func spent(_ id: String, now: Int64 = morning) -> Int64? { status(id, now: now)?.spent }
    func held(_ id: String, now: Int64 = morning) -> Int64? { status(id, now: now)?.held }
}
