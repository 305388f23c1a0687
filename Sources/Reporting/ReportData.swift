internal import Domain
public import Ledger

/// What a report is made from: the rows of one state of the ledger, each query asked once.
public struct ReportData {
    /// What the report by groups is by.
    public let groupings: [Grouping]
    /// Which requests the report is over.
    public let scope: ReportScope
    private let snapshot: LedgerSnapshot
    private let newest: Int64?
    private var rows: [[Grouping]: [ReportRow]] = [:]
    private var models: [SingleModel]?

    /// The data of `snapshot`, which must outlive it.
    public init(_ snapshot: LedgerSnapshot, by groupings: [Grouping], in scope: ReportScope) throws(LedgerError) {
        self.snapshot = snapshot
        newest = try snapshot.newest(in: scope)
        self.groupings = groupings
        self.scope = scope
    }

    /// The rows of the report by `groupings`; with `savings`, the best single model is compared with, which takes longer.
    mutating func rows(by groupings: [Grouping], savings: Bool = false) throws(LedgerError) -> [ReportRow] {
        if let known = rows[groupings], !savings || known.allSatisfy({ $0.againstSingle != nil }) { return known }
        let models = savings ? try singleModels() : []
        let found = try snapshot.report(by: groupings, in: scope, against: models)
        rows[groupings] = found
        return found
    }

    /// Everything as one row.
    mutating func totals(savings: Bool = false) throws(LedgerError) -> ReportRow? {
        try rows(by: [], savings: savings).first
    }

    /// What each model would have taken as the only one.
    mutating func singleModels() throws(LedgerError) -> [SingleModel] {
        if let models { return models }
        let found = try snapshot.singleModels(in: scope)
        models = found
        return found
    }

    /// The year of the newest request, or 1970.
    var lastYear: Int { newest.map { Day(unixMilliseconds: $0).date.year } ?? 1970 }

    /// How many successful requests of each group took how long.
    func durations(by grouping: Grouping, bounds: [Int64]) throws(LedgerError) -> [(group: String, counts: [Int])] {
        try snapshot.durations(by: grouping, bounds: bounds, in: scope)
    }
}
