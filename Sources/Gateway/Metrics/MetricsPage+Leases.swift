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
            (
                "switchyard_lease_held", .gauge, "What this replica may take of the budget without asking the others.",
                { $0.slack }
            ),
            ("switchyard_lease_drawn_total", .counter, "What it has drawn of the budget.", { $0.drawn }),
            ("switchyard_lease_returned_total", .counter, "What it has given back.", { $0.returned }),
        ]
        for amount in amounts where !leases.leases.isEmpty {
            page.family(amount.name, amount.kind, amount.help)
            for lease in leases.leases {
                let measure = lease.budget.measure
                let labels = [("budget", lease.budget.id), ("measure", measure.rawValue)]
                page.sample(amount.name, labels, Double(amount.value(lease)) / measure.unitsPerWhole)
            }
        }
    }
}
