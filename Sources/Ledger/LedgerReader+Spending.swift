internal import Domain

extension LedgerReader {
    /// The sums that answer `queries`, in their order; each list by time, without the steps in which nothing started.
    ///
    /// One pass over the rows of the whole range serves all queries but those for models, which have another one: this is
    /// what budgets are restored from, so a start must not wait for a pass per budget.
    ///
    /// - Throws: ``LedgerError/cannotRead(reason:)``.
    /// - Complexity: O(rows of the range), and O(steps) memory.
    public func spending(_ queries: [SpendQuery]) throws(LedgerError) -> [[SpendSum]] {
        try spending(queries, of: .everyone, withHolds: false)
    }

    /// The same of the rows that some have written, and if asked for of what the journal says that they hold.
    ///
    /// Writers are told apart in PostgreSQL alone.
    public func spending(
        _ queries: [SpendQuery],
        of writers: Writers,
        withHolds: Bool
    ) throws(LedgerError) -> [[SpendSum]] {
        guard !queries.isEmpty else { return [] }
        return try read { database in
            var sums = queries.map(SpendSums.init)
            try RequestSpending(queries)?.add(to: &sums, in: database, of: writers)
            try AttemptSpending(queries)?.add(to: &sums, in: database, of: writers)
            if withHolds { try HeldSpending(queries).add(to: &sums, in: database, of: writers) }
            return sums.map(\.ordered)
        }
    }
}

/// The sums of one query, by step.
private struct SpendSums {
    private let query: SpendQuery
    private let limitMicroseconds: Int64?
    private var steps: [Int64: SpendSum] = [:]
    /// The step that the last row fell into, kept out of the dictionary: rows come nearly in order.
    private var current: (step: Int64, sum: SpendSum)?

    init(_ query: SpendQuery) {
        self.query = query
        limitMicroseconds = query.limit?.microseconds
    }

    mutating func add(_ charge: Charge, startedAt: Int64, isAnswer: Bool, microseconds: Int64) {
        guard query.started.contains(startedAt) else { return }
        let step = query.stepMilliseconds.map { startedAt / max($0, 1) } ?? 0
        if current?.step != step {
            store()
            let begin = max(step * (query.stepMilliseconds ?? 0), query.started.lowerBound)
            current = (step, steps[step] ?? SpendSum(startedUnixMilliseconds: begin))
        }
        current?.sum.charge += charge
        current?.sum.count += 1
        guard isAnswer, let limitMicroseconds else { return }
        if microseconds <= limitMicroseconds { current?.sum.answersWithin += 1 } else { current?.sum.answersOver += 1 }
    }

    private mutating func store() {
        if let current { steps[current.step] = current.sum }
    }

    var ordered: [SpendSum] {
        var copy = self
        copy.store()
        return copy.steps.values.sorted { $0.startedUnixMilliseconds < $1.startedUnixMilliseconds }
    }
}

extension [SpendQuery] {
    /// The bounds of ids that all queries' ranges lie in; `nil` if there are none.
    fileprivate var bounds: [SQLValue]? {
        let ranges = map(\.started).filter { !$0.isEmpty }
        guard let begin = ranges.map(\.lowerBound).min(), let end = ranges.map(\.upperBound).max() else { return nil }
        return [.id(.lowest(at: begin)), .id(.lowest(at: end))]
    }
}

/// The pass over requests.
private struct RequestSpending {
    private let bounds: [SQLValue]
    private var everyone: [Int] = []
    private var organisations: [[UInt8]: [Int]] = [:]
    private var teams: [[UInt8]: [Int]] = [:]
    private var keys: [[UInt8]: [Int]] = [:]
    private var tags: [(needle: [UInt8], index: Int)] = []

    init?(_ queries: [SpendQuery]) {
        var asked: [SpendQuery] = []
        for (index, query) in queries.enumerated() {
            switch query.scope {
            case .everyone: everyone.append(index)
            case .organisation(let id): organisations[Array(id.rawValue.utf8), default: []].append(index)
            case .team(let id): teams[Array(id.rawValue.utf8), default: []].append(index)
            case .key(let id): keys[Array(id.rawValue.utf8), default: []].append(index)
            case .tag(let tag): tags.append((TagText.json(tag), index))
            case .model: continue
            }
            asked.append(query)
        }
        guard let bounds = asked.bounds else { return nil }
        self.bounds = bounds
    }

    func add(to sums: inout [SpendSums], in database: any StoreConnection, of writers: Writers) throws {
        var names = NameCache(lists: [organisations, keys, teams])
        try database.forEach(
            """
            SELECT started_unix_ms, cost_nanodollars, input_tokens, output_tokens, energy_joules, carbon_micrograms, \
            outcome IN ('completed', 'cache_hit'), duration_microseconds, tenant, \
            \(keys.isEmpty ? "NULL" : "key_id"), \(teams.isEmpty ? "NULL" : "team"), \
            \(tags.isEmpty ? "NULL" : "tags") FROM request \
            WHERE \(database.dialect.isInRange)\(writers.condition(on: "request"))
            """,
            bounds
        ) { columns in
            let startedAt = columns.integer()
            let charge = columns.charge()
            let isAnswer = columns.flag()
            let microseconds = columns.integer()
            for index in everyone {
                sums[index].add(charge, startedAt: startedAt, isAnswer: isAnswer, microseconds: microseconds)
            }
            for index in names.indices(from: &columns) {
                sums[index].add(charge, startedAt: startedAt, isAnswer: isAnswer, microseconds: microseconds)
            }
            guard !tags.isEmpty else { return }
            let text = columns.bytes()
            guard !text.isEmpty else { return }
            for (needle, index) in tags where text.contains(needle) {
                sums[index].add(charge, startedAt: startedAt, isAnswer: isAnswer, microseconds: microseconds)
            }
        }
    }
}

/// Which queries the names in a row belong to, looked up again only where a row differs from the one before.
private struct NameCache {
    private let lists: [[[UInt8]: [Int]]]
    private var last: [[UInt8]]
    private var found: [Int] = []
    private var isFresh = true

    init(lists: [[[UInt8]: [Int]]]) {
        self.lists = lists
        last = Array(repeating: [], count: lists.count)
    }

    mutating func indices(from columns: inout ColumnReader) -> [Int] {
        var isSame = !isFresh
        for place in lists.indices {
            if lists[place].isEmpty {
                columns.skip()
            } else if let changed = columns.bytes(unlessEqualTo: last[place]) {
                last[place] = changed
                isSame = false
            }
        }
        if !isSame { found = lists.indices.flatMap { lists[$0][last[$0]] ?? [] } }
        isFresh = false
        return found
    }
}

/// The pass over attempts, for budgets of models.
private struct AttemptSpending {
    private let bounds: [SQLValue]
    private var models: [[UInt8]: [Int]] = [:]

    init?(_ queries: [SpendQuery]) {
        var asked: [SpendQuery] = []
        for (index, query) in queries.enumerated() {
            guard case .model(let id) = query.scope else { continue }
            models[Array(id.rawValue.utf8), default: []].append(index)
            asked.append(query)
        }
        guard let bounds = asked.bounds else { return nil }
        self.bounds = bounds
    }

    func add(to sums: inout [SpendSums], in database: any StoreConnection, of writers: Writers) throws {
        var names = NameCache(lists: [models])
        let dialect = database.dialect
        try database.forEach(
            """
            SELECT request.started_unix_ms, attempt.cost_nanodollars, attempt.input_tokens, attempt.output_tokens, \
            attempt.energy_joules, attempt.carbon_micrograms, attempt.outcome = 'completed', \
            attempt.duration_microseconds, attempt.model \
            FROM \(dialect.requestsWithAttempts) \
            WHERE \(dialect.isInRange)\(writers.condition(on: "request"))
            """,
            bounds
        ) { columns in
            let startedAt = columns.integer()
            let charge = columns.charge()
            let isAnswer = columns.flag()
            let microseconds = columns.integer()
            for index in names.indices(from: &columns) {
                sums[index].add(charge, startedAt: startedAt, isAnswer: isAnswer, microseconds: microseconds)
            }
        }
    }
}

/// What is held for requests that have no row yet.
private struct HeldSpending {
    private let queries: [SpendQuery]

    init(_ queries: [SpendQuery]) { self.queries = queries }

    func add(to sums: inout [SpendSums], in database: any StoreConnection, of writers: Writers) throws {
        let columns = HoldRow.columns.joined(separator: ", ")
        let sql = "SELECT \(columns) FROM hold WHERE true\(writers.condition(on: "hold"))"
        for hold in try database.rows(sql, [], { HoldRow(from: &$0) }) {
            for (index, query) in queries.enumerated() where hold.counts(for: query.scope) {
                sums[index].add(hold.charge, startedAt: hold.id.unixMilliseconds, isAnswer: false, microseconds: 0)
            }
        }
    }
}

extension HoldRow {
    /// Whether the request counts for budgets of `scope`.
    fileprivate func counts(for scope: Budget.Scope) -> Bool {
        switch scope {
        case .everyone: true
        case .organisation(let id): payer.organisation == id
        case .team(let id): payer.team == id
        case .key(let id): payer.key == id
        case .tag(let tag): !tags.isEmpty && tags.contains(TagText.json(tag))
        case .model(let id): model == id
        }
    }
}

extension ColumnReader {
    /// Cost, prompt and generated tokens, joules, micrograms.
    fileprivate mutating func charge() -> Charge {
        Charge(
            cost: Money(nanodollars: integer()),
            tokens: integer() + integer(),
            energy: Energy(joules: optionalReal() ?? 0) ?? .zero,
            carbon: Carbon(micrograms: optionalInteger() ?? 0)
        )
    }
}

/// A budget's tag, `name=value`, as it stands within the JSON of the ledger's `tags`.
enum TagText {
    /// The member that the tag is in such an object.
    ///
    /// No other place of a JSON object with text values can hold these bytes, as quotes within texts are escaped. A tag
    /// without a value has an empty one.
    static func json(_ tag: String) -> [UInt8] {
        let parts = tag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let quoted = [parts[0], parts.count > 1 ? parts[1] : ""].map { part in
            "\"" + part.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return Array(quoted.joined(separator: ":").utf8)
    }
}
