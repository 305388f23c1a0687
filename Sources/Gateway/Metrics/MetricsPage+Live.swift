internal import Accounting
internal import Budgets
internal import Domain
internal import HTTP
internal import Ledger
internal import Reactor
internal import Routing
internal import Server

extension MetricsPage {
    /// The same figures for those who watch: totals since the start, whose differences are what happened meanwhile.
    ///
    /// Durations are counted by bucket; `latency_bounds_ms` are the buckets' upper bounds, and a last one has none.
    func writeLive(to writer: inout JSONWriter, policy: Policy) {
        writer.member("at_unix_ms", Int(WallClock.unixMilliseconds))
        writer.member("clock_speed", WallClock.speed)
        writer.member("version", version)
        writer.member("in_flight", server.map { Int($0.inFlight) } ?? 0)
        writer.member("queue_depth", queueDepth)
        writer.object("ledger") { object in
            object.member("rows", ledger.rowsWritten)
            object.member("queued", ledger.rowsQueued)
            object.member("spilled", ledger.rowsSpilled)
            object.member("lag_seconds", ledger.lag.inSeconds)
        }
        writer.array("latency_bounds_ms") { list in
            for bound in Histogram.request.bounds { list.value(Double(bound) / 1e6) }
        }
        writer.array("models") { list in
            for (model, statistics) in zip(policy.catalogue.models, models) {
                list.object { write(model, statistics, to: &$0) }
            }
        }
        writer.object("refused") { object in
            object.member("requests", requests.models[ModelID("none")]?.requests.values.reduce(0, +) ?? 0)
        }
        writer.array("budgets") { list in
            for status in budgets?.budgets ?? [] { list.object { policy.writeMembers(of: status, to: &$0) } }
        }
        writer.array("grids") { list in
            for grid in grids {
                list.object { object in
                    object.member("zone", grid.zone)
                    object.member("g_per_kwh", grid.intensity.central)
                    object.member("low", grid.intensity.low)
                    object.member("high", grid.intensity.high)
                    object.member("basis", grid.intensity.basis.rawValue)
                }
            }
        }
        writer.key("plan")
        if let quotas = planning?.quotas { writer.value(Int(quotas.plan)) } else { writer.null() }
    }

    private func write(_ model: Model, _ statistics: ModelStatistics, to object: inout JSONWriter) {
        let totals = requests.models[model.id] ?? RequestMetrics.ModelTotals()
        let answered = totals.requests.filter { $0.key.outcome.isAnswer }.values.reduce(0, +)
        object.member("id", model.id.rawValue)
        object.member("tier", model.tier.rawValue)
        object.member("simulated", model.provider == .simulated)
        object.member("available", statistics.availability == .available)
        object.member("circuit", statistics.circuit.word)
        object.member("active", statistics.active)
        object.member("requests", totals.requests.values.reduce(0, +))
        object.member("answered", answered)
        object.member("input_tokens", totals.usage.input)
        object.member("output_tokens", totals.usage.output)
        object.member("cost_usd", totals.cost.dollars)
        object.member("carbon_g", Provenance.allCases.reduce(0) { $0 + totals.grams[$1] })
        object.member("baseline_cost_usd", totals.otherCost.dollars)
        object.member("baseline_carbon_g", totals.otherGrams)
        object.array("latency") { list in for count in totals.duration.counts { list.value(count) } }
    }
}
