internal import Budgets
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Server
internal import Upstream

/// Everything that `/metrics` shows, gathered at one instant.
struct MetricsPage {
    let requests: RequestMetrics
    /// `nil` before the first listener is up.
    let server: ServerMetrics?
    let upstream: [UpstreamMetrics]
    let ledger: LedgerMetrics
    let queueDepth: Int
    let models: [ModelStatistics]
    /// `nil` where nothing is limited.
    var budgets: BudgetSnapshot?
    var leases: Leases?
    /// The grids' zones that sources tell of.
    let grids: [Grid]
    /// The energy of workers with `watts`.
    let workers: [(id: ModelID, total: Double, finished: Double, unallocated: Double)]
    /// How often pages of workers could not be read.
    let unreadPages: [(model: ModelID, page: WorkerWatch.Page, count: Int)]
    /// Of the encoder, if one runs, and of each classifier with the router that it is for.
    let encoders: [(router: String?, counts: EncoderPool.Counts)]
    /// Judged answers that routers remember.
    let feedbackRows: Int
    /// Routers that learn to choose while they serve, by name.
    let bandits: [(id: String, bandit: FeedbackBandit)]
    /// `nil` where nobody plans.
    var planning: Planning?
    /// What became of traces; `nil` where none are exported.
    var traces: TraceQueue.Counts?
    let version: String
    let now: Instant

    /// The page in Prometheus's text format.
    var text: String {
        var page = Exposition()
        writeRequests(&page)
        writeModels(&page)
        writeHealth(&page)
        writeServer(&page)
        writeGrids(&page)
        writeUpstream(&page)
        writeLedger(&page)
        writeBudgets(&page)
        writeLeases(&page)
        writeEncoder(&page)
        writeBandits(&page)
        writePlan(&page)
        writeTraces(&page)
        return page.text
    }

    private func writeTraces(_ page: inout Exposition) {
        guard let traces else { return }
        page.family("switchyard_traces_total", .counter, "Traces of requests, by what became of them.")
        page.sample("switchyard_traces_total", [("result", "exported")], traces.exported)
        page.sample("switchyard_traces_total", [("result", "dropped")], traces.dropped)
    }

    private func writeEncoder(_ page: inout Exposition) {
        page.family("switchyard_feedback_rows", .gauge, "Judged answers that routers remember.")
        page.sample("switchyard_feedback_rows", [], feedbackRows)
        if !requests.bases.isEmpty {
            let name = "switchyard_scored_prompts_total"
            page.family(name, .counter, "Prompts that a router was asked about, by what they were scored by.")
            for basis in PromptOpinion.Basis.allCases {
                page.sample(name, [("by", basis.rawValue)], requests.bases[basis] ?? 0)
            }
        }
        guard !encoders.isEmpty else { return }
        let name = "switchyard_encoder_prompts_total"
        page.family(name, .counter, "Prompts that a router wanted vectors or labels of, by what came of it.")
        for (router, counts) in encoders {
            let results = [
                ("encoded", counts.encoded), ("remembered", counts.remembered), ("refused", counts.refused),
                ("late", counts.late),
            ]
            for (result, count) in results { page.sample(name, Self.labels(router) + [("result", result)], count) }
        }
        page.family("switchyard_encoder_seconds_total", .counter, "Time that threads spent encoding prompts.")
        for (router, counts) in encoders {
            page.sample("switchyard_encoder_seconds_total", Self.labels(router), Double(counts.nanoseconds) / 1e9)
        }
    }

    private static func labels(_ router: String?) -> [(String, String)] { router.map { [("router", $0)] } ?? [] }

    private func writeRequests(_ page: inout Exposition) {
        let totals = requests.models.sorted { $0.key < $1.key }
        page.family("switchyard_build_info", .gauge, "The running version; always 1.")
        page.sample("switchyard_build_info", [("version", version)], 1)
        page.family("switchyard_requests_total", .counter, "Inference requests by how they ended.")
        for (model, totals) in totals {
            for (kind, count) in totals.requests.sorted(by: { "\($0.key)" < "\($1.key)" }) {
                page.sample(
                    "switchyard_requests_total",
                    [
                        ("endpoint", kind.endpoint.rawValue), ("model", model.rawValue),
                        ("outcome", kind.outcome.rawValue),
                    ],
                    count
                )
            }
        }
        page.family("switchyard_attempts_total", .counter, "Calls of backends by how they ended.")
        for (model, totals) in totals {
            for (outcome, count) in totals.attempts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                page.sample(
                    "switchyard_attempts_total",
                    [("model", model.rawValue), ("outcome", outcome.rawValue)],
                    count
                )
            }
        }
        if !requests.cascades.isEmpty {
            page.family(
                "switchyard_cascades_total",
                .counter,
                "Requests whose answers were checked, by what came of it."
            )
            for result in CascadeReport.Result.allCases {
                page.sample("switchyard_cascades_total", [("result", result.rawValue)], requests.cascades[result] ?? 0)
            }
        }
        page.family(
            "switchyard_gateway_overhead_seconds",
            .histogram,
            "Request time minus provider time and time in the queue."
        )
        page.histogram("switchyard_gateway_overhead_seconds", [], requests.overhead)
        page.family(
            "switchyard_queue_seconds",
            .histogram,
            "Time that requests waited for a model's slot, if they did."
        )
        page.histogram("switchyard_queue_seconds", [], requests.queued)
    }

    private func writeModels(_ page: inout Exposition) {
        let totals = requests.models.sorted { $0.key < $1.key }
        page.family(
            "switchyard_tokens_total",
            .counter,
            "Tokens by model and kind; all kinds lie within input or output."
        )
        for (id, model) in totals {
            let kinds = [
                ("input", model.usage.input), ("cached_input", model.usage.cachedInput),
                ("cache_write", model.usage.cacheWrite), ("output", model.usage.output),
                ("reasoning", model.usage.reasoning), ("audio_input", model.usage.audioInput),
                ("audio_output", model.usage.audioOutput),
            ]
            for (kind, count) in kinds {
                page.sample("switchyard_tokens_total", [("model", id.rawValue), ("kind", kind)], count)
            }
        }
        page.family("switchyard_cost_usd_total", .counter, "US dollars charged, failed attempts included.")
        for (id, model) in totals {
            page.sample("switchyard_cost_usd_total", [("model", id.rawValue)], model.cost.dollars)
        }
        let footprints: [(String, String, KeyPath<RequestMetrics.ModelTotals, AmountByProvenance>)] = [
            ("switchyard_energy_joules_total", "Joules by where the figures come from.", \.joules),
            ("switchyard_carbon_grams_total", "Grams of CO2e by where the figures come from.", \.grams),
        ]
        for (name, help, path) in footprints {
            page.family(name, .counter, help)
            for (id, model) in totals {
                for provenance in Provenance.allCases where model[keyPath: path][provenance] > 0 {
                    let labels = [("model", id.rawValue), ("provenance", provenance.rawValue)]
                    page.sample(name, labels, model[keyPath: path][provenance])
                }
            }
        }
        writeComparisons(&page, totals)
        let histograms: [(String, String, KeyPath<RequestMetrics.ModelTotals, Histogram>)] = [
            ("switchyard_request_duration_seconds", "Time from a request's first byte to its end.", \.duration),
            ("switchyard_time_to_first_token_seconds", "Time to the first content of a stream.", \.timeToFirstToken),
            ("switchyard_time_between_tokens_seconds", "Pauses between pieces of a stream.", \.timeBetweenTokens),
        ]
        for (name, help, path) in histograms {
            page.family(name, .histogram, help)
            for (id, model) in totals { page.histogram(name, [("model", id.rawValue)], model[keyPath: path]) }
        }
        page.family("switchyard_model_in_flight_requests", .gauge, "Slots taken.")
        for model in models {
            page.sample("switchyard_model_in_flight_requests", [("model", model.id.rawValue)], model.active)
        }
        page.family(
            "switchyard_model_available",
            .gauge,
            "1 if requests may be sent, 0 if switched off or cooling down."
        )
        for model in models {
            page.sample(
                "switchyard_model_available",
                [("model", model.id.rawValue)],
                model.availability == .available ? 1 : 0
            )
        }
    }

    /// What was saved is the difference, which a counter cannot hold: it may fall.
    private func writeComparisons(
        _ page: inout Exposition,
        _ totals: [(key: ModelID, value: RequestMetrics.ModelTotals)]
    ) {
        page.family("switchyard_baseline_cost_usd_total", .counter, "What the best able model would have charged.")
        for (id, model) in totals {
            page.sample("switchyard_baseline_cost_usd_total", [("model", id.rawValue)], model.otherCost.dollars)
        }
        page.family("switchyard_baseline_carbon_grams_total", .counter, "What the best able model would have emitted.")
        for (id, model) in totals {
            page.sample("switchyard_baseline_carbon_grams_total", [("model", id.rawValue)], model.otherGrams)
        }
        page.family(
            "switchyard_limited_requests_total",
            .counter,
            "Requests with limits of cost or latency of their own."
        )
        for (id, model) in totals {
            for (kept, count) in [("true", model.limitsKept), ("false", model.limitsMissed)] {
                page.sample("switchyard_limited_requests_total", [("model", id.rawValue), ("kept", kept)], count)
            }
        }
    }

    private func writeServer(_ page: inout Exposition) {
        guard let server else { return }
        let oldest = server.oldestInFlight.map { max($0.duration(to: now).inSeconds, 0) } ?? 0
        page.single(
            "switchyard_in_flight_requests",
            .gauge,
            "Requests of any kind that are being answered.",
            server.inFlight
        )
        page.single(
            "switchyard_in_flight_age_seconds",
            .gauge,
            "Age of the oldest of them; 0 if there is none.",
            oldest
        )
        page.single("switchyard_queue_depth", .gauge, "Requests waiting for a model's slot.", queueDepth)
        page.single("switchyard_connections", .gauge, "Open client connections.", server.open)
        page.single("switchyard_connections_total", .counter, "Client connections accepted.", server.accepted)
        page.single("switchyard_connections_rejected_total", .counter, "Connections over the limit.", server.rejected)
        page.single("switchyard_http_requests_total", .counter, "HTTP requests that came in whole.", server.requests)
        page.single("switchyard_abandoned_total", .counter, "Requests whose client went away first.", server.abandoned)
        page.single("switchyard_received_bytes_total", .counter, "Bytes of requests.", server.bytesIn)
        page.single("switchyard_sent_bytes_total", .counter, "Bytes of answers.", server.bytesOut)
        page.family("switchyard_http_refused_total", .counter, "Requests refused before their body was looked at.")
        for reason in Refusal.allCases {
            page.sample("switchyard_http_refused_total", [("reason", "\(reason)")], server.refusals[reason] ?? 0)
        }
    }

    private func writeUpstream(_ page: inout Exposition) {
        func sum(_ path: KeyPath<UpstreamMetrics, Int>) -> Int { upstream.reduce(0) { $0 + $1[keyPath: path] } }
        page.single("switchyard_upstream_connections", .gauge, "Open connections to backends.", sum(\.open))
        page.single("switchyard_upstream_idle_connections", .gauge, "Those that wait for a request.", sum(\.idle))
        page.single("switchyard_upstream_connects_total", .counter, "Connections made to backends.", sum(\.connects))
        page.single("switchyard_upstream_reuses_total", .counter, "Requests sent on a kept connection.", sum(\.reuses))
        page.single(
            "switchyard_upstream_stale_retries_total",
            .counter,
            "Requests repeated because a kept connection was dead.",
            sum(\.staleRetries)
        )
        page.family("switchyard_upstream_failures_total", .counter, "Calls of backends that failed, by cause.")
        for kind in UpstreamError.Kind.allCases {
            let count = upstream.reduce(0) { $0 + $1.failures(kind) }
            page.sample("switchyard_upstream_failures_total", [("cause", kind.label)], count)
        }
    }

    private func writeLedger(_ page: inout Exposition) {
        page.single("switchyard_ledger_rows_total", .counter, "Rows written to the ledger.", ledger.rowsWritten)
        page.single("switchyard_ledger_queued_rows", .gauge, "Rows not written yet.", ledger.rowsQueued)
        page.single("switchyard_ledger_spilled_rows", .gauge, "Rows in the spill file.", ledger.rowsSpilled)
        page.single(
            "switchyard_ledger_lost_rows_total",
            .counter,
            "Rows that found no place at all.",
            ledger.rowsDropped
        )
        page.single(
            "switchyard_ledger_failures_total",
            .counter,
            "Refusals of the database or of the spill file.",
            ledger.refusals
        )
        page.single(
            "switchyard_ledger_lag_seconds",
            .gauge,
            "Age of the oldest row that is not written.",
            ledger.lag.inSeconds
        )
    }
}
