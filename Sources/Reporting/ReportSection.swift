internal import Domain
public import Ledger

/// The parts of a report, a table each.
public enum ReportSection: String, CaseIterable, Hashable, Sendable {
    /// The chief figures by group; as CSV and JSON, every figure by group.
    case overview
    /// Tokens by kind.
    case tokens
    /// Times, their spread and their percentiles.
    case latency
    /// Dollars, and what was saved.
    case cost
    /// Energy and carbon as intervals, and where they come from.
    case carbon
    /// Limits kept, and quality against the best model.
    case service
    /// The routing strategies and the routers that score for them beside each other (S1-36).
    case routers
    /// What the gateway routed beside what clients asked for by name (S1-37).
    case choice
    /// Which models each strategy and router took (S1-40).
    case distribution
    /// Carbon by what emitted it (S1-38).
    case breakdown
    /// What was saved, for each thousand requests (S1-41).
    case savings
    /// Each model as the only one, in hindsight.
    case singles
    /// Energy for each token, and its class (S1-43).
    case models
    /// The carbon in kilometres, kilowatt-hours and charges of a telephone (S1-42).
    case equivalences

    /// The section's table; `isWide` asks for every figure.
    public func table(from data: inout ReportData, isWide: Bool) throws(LedgerError) -> ReportTable {
        switch self {
        case .overview:
            try grouped("Overview", isWide ? Self.all : Self.chief, from: &data, savings: isWide)
        case .tokens: try grouped("Tokens", [.requests] + Figure.tokens, from: &data)
        case .latency:
            try grouped(
                "Latency",
                [.requests, .successes, .latencyMean, .latencyDeviation] + Figure.latencyPercentiles
                    + Figure.firstTokens,
                from: &data
            )
        case .cost:
            try grouped(
                "Cost and savings",
                [.requests, .cost, .costMean, .costDeviation] + Figure.savings,
                from: &data,
                savings: true
            )
        case .carbon:
            try grouped(
                "Energy and carbon",
                [.requests, .energy] + Figure.energyEnds + [.carbon] + Figure.carbonEnds
                    + [.carbonMean, .carbonDeviation] + Figure.provenance,
                from: &data
            )
        case .service:
            try grouped("Service level and quality", Self.service(data.scope) + Figure.qualities, from: &data)
        case .routers: try Self.routers(from: &data)
        case .choice: try Self.choice(from: &data)
        case .distribution: try Self.distribution(from: &data)
        case .breakdown: try Self.breakdown(from: &data)
        case .savings: try Self.savings(from: &data)
        case .singles: try Self.singles(from: &data)
        case .models: try Self.models(from: &data)
        case .equivalences: try Self.equivalences(from: &data)
        }
    }

    private static let chief: [Figure] =
        [
            .requests, .successRate, .inputTokens, .outputTokens, .cost, .saved, .retention, .energy, .carbon,
        ] + Figure.carbonEnds + Figure.latencyPercentiles + [.simulated]

    private static let all: [Figure] =
        Figure.counts + Figure.tokens + [.cost, .costMean, .costDeviation] + Figure.savings + [.energy]
        + Figure.energyEnds + [.carbon] + Figure.carbonEnds + [.carbonMean, .carbonDeviation] + Figure.provenance
        + [.latencyMean, .latencyDeviation] + Figure.latencyPercentiles + Figure.firstTokens
        + [.withinLimits, .limitsSet, .sla, .slaRequests] + Figure.qualities

    /// The limits' figures; those of the scope only where it has limits.
    static func service(_ scope: ReportScope) -> [Figure] {
        [.withinLimits, .limitsSet] + (scope.hasLimits ? [.sla, .slaRequests] : [])
    }

    private func grouped(
        _ title: String,
        _ figures: [Figure],
        from data: inout ReportData,
        savings: Bool = false
    ) throws(LedgerError) -> ReportTable {
        let rows = try data.rows(by: data.groupings, savings: savings)
        let names = data.groupings.map(\.rawValue)
        return ReportTable(
            title: names.isEmpty ? title : "\(title) by \(names.joined(separator: ", "))",
            header: names + figures.map(\.name),
            lines: rows.map { row in row.group.map { .text($0) } + figures.map { $0.cell(row) } },
            notes: figures.map(\.note)
        )
    }
}
