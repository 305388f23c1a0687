internal import Configuration
internal import Domain
internal import HTTP
internal import Planning

extension PlanDraft {
    /// The plan as the ledger keeps it and administration shows it: what it says, and what it was made from; JSON.
    func document(of quotas: Quotas) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("number", Int(quotas.plan))
            writer.member("made_unix_ms", Int(quotas.madeAt))
            writer.member("reason", quotas.reason)
            writer.member("first_hour_unix_s", quotas.firstHour * 3600)
            writer.member("hours", quotas.hourCount)
            writer.member("validity_hours", settings.validityHours)
            writer.member("metric", settings.metric.rawValue)
            writer.member("unit", settings.planMetric.unit)
            if let budget = settings.budgetPerDay { writer.member("budget_per_day", budget) }
            writer.member("target", plan.target)
            writer.member("expected", expected(quotas))
            writer.member("bound", plan.bound)
            writer.member("gap", plan.gap)
            writer.member("seconds", plan.effort.seconds)
            writer.member("remark", remark)
            writeInputs(to: &writer, quotas)
            writeHours(to: &writer, quotas)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func writeInputs(to writer: inout JSONWriter, _ quotas: Quotas) {
        writer.array("tiers") { writer in
            for (rung, rate) in zip(fleet.rungs, rates) {
                writer.object { writer in
                    writer.member("tier", rung.tier.rawValue)
                    writer.member("quality", rung.quality)
                    writer.member("wh_per_request", rate.energy * 1000)
                    writer.member("embodied_g_per_request", rate.embodiedGrams)
                    writer.member("usd_per_request", rate.dollars)
                    writer.member("requests_seen", Int(rate.requests))
                }
            }
        }
        writer.array("groups") { writer in
            for group in fleet.groups {
                writer.object { writer in
                    writer.member("group", group.id)
                    writer.member("exempt", group.isExempt)
                    writer.member("quality_low", group.qualityLow)
                    writer.member("quality_high", group.qualityHigh)
                }
            }
        }
        writer.array("grids") { writer in
            for (place, grid) in grids.enumerated() {
                writer.object { writer in
                    writer.member("grid", grid.name)
                    writer.member("basis", grid.outlook.basis.rawValue)
                    writer.object("wh_per_request") { writer in
                        for (rung, rate) in zip(fleet.rungs, rates) {
                            writer.key(named: rung.tier.rawValue)
                            writer.value(rate.kilowattHours[place] * 1000)
                        }
                    }
                    writer.array("g_per_kwh") { writer in for value in grid.outlook.values { writer.value(value) } }
                }
            }
        }
    }

    /// For each group, by the hour: requests, the tiers' shares, and the shadow price of quality.
    private func writeHours(to writer: inout JSONWriter, _ quotas: Quotas) {
        let hours = quotas.firstHour..<quotas.firstHour + quotas.hourCount
        writer.object("plan") { writer in
            for (index, group) in quotas.groups.enumerated() {
                writer.key(named: group)
                writer.object { writer in
                    writer.array("requests") { writer in
                        for hour in hours { writer.value(quotas.demand(hour: hour, group: index)) }
                    }
                    writer.array("requests_at_least") { writer in
                        for place in 0..<quotas.hourCount {
                            writer.value(demand.floor[place * quotas.groups.count + index])
                        }
                    }
                    writer.array("requests_at_most") { writer in
                        for place in 0..<quotas.hourCount {
                            writer.value(demand.ceiling[place * quotas.groups.count + index])
                        }
                    }
                    writer.object("shares") { writer in
                        for (place, tier) in quotas.tiers.enumerated() {
                            writer.key(named: tier.rawValue)
                            writer.array { writer in
                                for hour in hours { writer.value(quotas.shares(hour: hour, group: index)[place]) }
                            }
                        }
                    }
                    writer.array("quality_price") { writer in
                        for hour in hours { writer.value(quotas.price(hour: hour, group: index)) }
                    }
                }
            }
        }
    }
}
