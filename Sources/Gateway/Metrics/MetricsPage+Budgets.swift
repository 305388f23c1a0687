internal import Budgets
internal import Domain

extension MetricsPage {
    /// Each budget's cap, what is spent and held of it, its shadow price, and what it refused.
    func writeBudgets(_ page: inout Exposition) {
        guard let budgets else { return }
        let statuses = budgets.budgets
        typealias Gauge = (name: String, kind: Exposition.Kind, help: String, value: (BudgetStatus) -> Double)
        func whole(_ amount: Int64, _ status: BudgetStatus) -> Double {
            Double(amount) / status.budget.measure.unitsPerWhole
        }
        let gauges: [Gauge] = [
            ("cap", .gauge, "What the budget allows, in its measure's unit.", { whole($0.budget.cap, $0) }),
            ("spent", .gauge, "What is spent in the current window.", { whole($0.spent, $0) }),
            ("held", .gauge, "What is held for requests under way.", { whole($0.held, $0) }),
            ("shadow_price", .gauge, "How many times its usual worth the measure is worth saving.", { $0.price }),
            ("refusals_total", .counter, "Holds that did not fit.", { Double($0.refusals) }),
            (
                "overspent_total", .counter, "What backends charged beyond the cap, against what they were allowed.",
                { whole($0.overspend, $0) }
            ),
        ]
        for gauge in gauges where !statuses.isEmpty {
            let name = "switchyard_budget_\(gauge.name)"
            page.family(name, gauge.kind, gauge.help)
            for status in statuses {
                let labels = [("budget", status.budget.id), ("measure", status.budget.measure.rawValue)]
                page.sample(name, labels, gauge.value(status))
            }
        }
        page.single("switchyard_budget_holds", .gauge, "Attempts that budgets hold something for.", budgets.holdCount)
        guard !budgets.latencyBudgets.isEmpty else { return }
        page.family("switchyard_latency_budget_answers", .gauge, "Answers of the current window, by the limit.")
        for status in budgets.latencyBudgets {
            for (name, count) in [("within", status.within), ("over", status.over)] {
                page.sample(
                    "switchyard_latency_budget_answers",
                    [("budget", status.budget.id), ("limit", name)],
                    count
                )
            }
        }
    }
}
