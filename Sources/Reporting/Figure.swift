internal import Domain
internal import Ledger

/// One column of a report by groups: its name, what it means, and how a group's row gives it.
struct Figure: Sendable {
    let name: String
    let meaning: String
    let cell: @Sendable (ReportRow) -> ReportTable.Cell

    /// The line below a table that says what the figure is.
    var note: String { "\(name): \(meaning)" }
}

extension Figure {
    static let requests = Figure("requests", "requests that came in; dry runs are left out, but by outcome") {
        .init($0.requests)
    }
    static let successes = Figure("successes", "requests whose client got its whole answer, right or wrong") {
        .init($0.successes)
    }
    static let successRate = Figure("success_rate", "successes / requests") { .init($0.successRate, places: 4) }
    static let cacheHits = Figure("cache_hits", "answers out of the gateway's cache, which cost nothing") {
        .init($0.cacheHits)
    }
    static let simulated = Figure("simulated", "requests that a SIMULATED backend answered") { .init($0.simulated) }

    static let counts = [requests, successes, successRate, cacheHits, simulated]

    static let inputTokens = Figure("input_tokens", "prompt tokens of all attempts, cached ones included") {
        .init($0.usage.input)
    }
    static let outputTokens = Figure("output_tokens", "generated tokens of all attempts, reasoning included") {
        .init($0.usage.output)
    }
    static let tokens = [
        inputTokens,
        Figure("cached_input_tokens", "those read from the providers' caches") { .init($0.usage.cachedInput) },
        Figure("cache_write_tokens", "those written to the providers' caches") { .init($0.usage.cacheWrite) },
        Figure("audio_input_tokens", "those of sound") { .init($0.usage.audioInput) },
        outputTokens,
        Figure("reasoning_tokens", "generated tokens that no client sees") { .init($0.usage.reasoning) },
        Figure("audio_output_tokens", "generated tokens of sound") { .init($0.usage.audioOutput) },
        Figure("usage_estimated", "requests whose tokens the gateway counted itself") { .init($0.estimatedUsages) },
    ]

    static let latencyMean = Figure("latency_mean_ms", "mean time of successful requests, first byte to last") {
        .init($0.duration.mean.map { $0 / 1000 }, places: 3)
    }
    static let latencyDeviation = Figure("latency_sd_ms", "its standard deviation over requests") {
        .init($0.duration.deviation.map { $0 / 1000 }, places: 3)
    }
    static let latencyPercentiles = [
        Figure("latency_p50_ms", "median of these times, by nearest rank") { .init(microseconds: $0.duration.p50) },
        Figure("latency_p95_ms", "their 95th percentile") { .init(microseconds: $0.duration.p95) },
        Figure("latency_p99_ms", "their 99th percentile") { .init(microseconds: $0.duration.p99) },
    ]
    static let firstTokens = [
        Figure("ttft_p50_ms", "median time to the first token, of streams") { .init(microseconds: $0.firstToken.p50) },
        Figure("ttft_p95_ms", "its 95th percentile") { .init(microseconds: $0.firstToken.p95) },
        Figure("ttft_p99_ms", "its 99th percentile") { .init(microseconds: $0.firstToken.p99) },
    ]

    init(_ name: String, _ meaning: String, cell: @escaping @Sendable (ReportRow) -> ReportTable.Cell) {
        self.init(name: name, meaning: meaning, cell: cell)
    }
}

extension ReportTable.Cell {
    /// Exactly `microseconds`, in milliseconds.
    init(microseconds: Int64?) { self.init(microseconds.map { Double($0) / 1000 }, places: 3) }
}
