internal import Domain

/// How a report is written.
public enum ReportFormat: String, CaseIterable, Hashable, Sendable {
    /// Columns aligned with spaces, for people.
    case text
    /// RFC 4180, with a header line.
    case csv
    /// An array of objects.
    case json
}

/// A report as a table: dollars, grams, watt-hours and milliseconds, from the exact figures.
public struct ReportTable: Hashable, Sendable {
    /// What one cell holds, so that JSON can tell numbers from texts.
    enum Cell: Hashable {
        case text(String)
        case number(String)
        case none
    }

    /// The columns' names.
    let header: [String]
    /// A cell for each column, line by line.
    let lines: [[Cell]]

    /// The table of `rows`, which were grouped by `groupings`.
    public init(groupings: [Grouping], rows: [ReportRow]) {
        header = groupings.map(\.rawValue) + Self.figures.map(\.name)
        lines = rows.map { row in row.group.map(Cell.text) + Self.figures.map { $0.cell(row) } }
    }

    /// The table in `format`, with a line end after its last line.
    public func rendered(as format: ReportFormat) -> String {
        switch format {
        case .text: text
        case .csv: csv
        case .json: json
        }
    }

    private static let figures: [(name: String, cell: @Sendable (ReportRow) -> Cell)] = [
        ("requests", { .number("\($0.requests)") }),
        ("successes", { .number("\($0.successes)") }),
        ("success_rate", { .init($0.successRate, places: 4) }),
        ("input_tokens", { .number("\($0.inputTokens)") }),
        ("output_tokens", { .number("\($0.outputTokens)") }),
        ("cost_usd", { .number($0.cost.description) }),
        ("saved_usd", { .number($0.saved.description) }),
        ("quality_retention", { .init($0.qualityRetention, places: 4) }),
        ("within_limits", { .init($0.withinLimits, places: 4) }),
        ("energy_wh", { .init($0.energyJoules / 3600, places: 3) }),
        ("carbon_g", { .init($0.carbon.grams, places: 6) }),
        ("latency_mean_ms", { .init($0.meanMicroseconds.map { $0 / 1000 }, places: 3) }),
        ("latency_p50_ms", { .init(microseconds: $0.p50Microseconds) }),
        ("latency_p95_ms", { .init(microseconds: $0.p95Microseconds) }),
        ("ttft_p50_ms", { .init(microseconds: $0.firstTokenP50Microseconds) }),
        ("ttft_p95_ms", { .init(microseconds: $0.firstTokenP95Microseconds) }),
        ("cache_hits", { .number("\($0.cacheHits)") }),
        ("simulated", { .number("\($0.simulated)") }),
    ]
}

extension ReportTable.Cell {
    /// Exactly `microseconds`, in milliseconds.
    fileprivate init(microseconds: Int64?) {
        self.init(microseconds.map { Double($0) / 1000 }, places: 3)
    }

    /// `value` rounded to `places` decimals, without an exponent.
    fileprivate init(_ value: Double?, places: Int) {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        guard let value, let scaled = Int64(exactly: (abs(value) * scale).rounded()) else {
            self = .none
            return
        }
        let digits = String(scaled)
        let padded = String(repeating: "0", count: max(places + 1 - digits.count, 0)) + digits
        self = .number("\(value < 0 ? "-" : "")\(padded.dropLast(places)).\(padded.suffix(places))")
    }
}
