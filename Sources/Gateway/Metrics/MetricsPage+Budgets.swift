internal import Budgets
internal import Domain

extension MetricsPage {
    /// What replicas tell of the budgets that they share.
    struct Leases {
        let report: LeaseKeeper.Report
        let leases: [LeaseStatus]
    }

    /// What this replica has of shared budgets, and what came of exchanges with the others.
    func writeLeases(_ page: inout Exposition) {
        guard let leases else { return }
        let report = leases.report
        page.family("switchyard_lease_exchanges_total", .counter, "Transactions by which replicas share budgets.")
        page.sample("switchyard_lease_exchanges_total", [("result", "done")], report.exchanges)
        page.sample("switchyard_lease_exchanges_total", [("result", "failed")], report.failures)
        page.single("switchyard_lease_replicas", .gauge, "Replicas that share the ledger.", report.replicas)
        page.single("switchyard_lease_leader", .gauge, "1 if this replica plans.", report.isLeader ? 1 : 0)
        page.single("switchyard_lease_settlements_total", .counter, "Replicas settled once gone.", report.settlements)
        typealias Amount = (name: String, kind: Exposition.Kind, help: String, value: (LeaseStatus) -> Int64)
        let amounts: [Amount] = [
            ("held", .gauge, "What this replica may take of the budget without asking the others.", { $0.slack }),
            ("drawn_total", .counter, "What it has drawn of the budget.", { $0.drawn }),
            ("returned_total", .counter, "What it has given back.", { $0.returned }),
        ]
        for amount in amounts where !leases.leases.isEmpty {
            let name = "switchyard_lease_\(amount.name)"
            page.family(name, amount.kind, amount.help)
            for lease in leases.leases {
                let measure = lease.budget.measure
                let labels = [("budget", lease.budget.id), ("measure", measure.rawValue)]
                page.sample(name, labels, Double(amount.value(lease)) / measure.unitsPerWhole)
            }
        }
    }

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
