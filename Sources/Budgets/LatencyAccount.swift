internal import Domain

/// Answers of a window, by whether they kept the limit.
struct Answers: AdditiveArithmetic, Sendable {
    var within: Int64 = 0
    var over: Int64 = 0

    static let zero = Answers()

    static func + (left: Answers, right: Answers) -> Answers {
        Answers(within: left.within.addingClamped(right.within), over: left.over.addingClamped(right.over))
    }

    static func - (left: Answers, right: Answers) -> Answers {
        Answers(within: left.within.subtractingClamped(right.within), over: left.over.subtractingClamped(right.over))
    }
}

/// A latency budget and the answers that came under it.
struct LatencyAccount: Sendable {
    private(set) var budget: LatencyBudget
    private(set) var sums: WindowSums<Answers>?

    init(_ budget: LatencyBudget, memory: Int64, now: Int64) {
        self.budget = budget
        sums = WindowShape(budget.window).map { WindowSums($0, memory: memory, now: now) }
    }

    /// Whether the counts kept for this budget mean the same under `other`, whatever share that asks for.
    func canContinue(as other: LatencyBudget) -> Bool {
        budget.id == other.id && budget.scope == other.scope && budget.limit == other.limit
            && budget.window == other.window
    }

    /// Goes on under a budget that ``canContinue(as:)``.
    mutating func replaceBudget(_ other: LatencyBudget) { budget = other }

    mutating func advance(to now: Int64) { sums?.advance(to: now) }

    /// Whether one more slow answer would break the share; always for a request's own window, which allows none.
    var isExhausted: Bool {
        guard let current = sums?.current else { return true }
        let answers = Double(current.within.addingClamped(current.over)) + 1
        return Double(current.within) < budget.share * answers
    }

    /// Counts an answer of a request that started at `startedAt`.
    mutating func count(_ latency: Duration, startedAt: Int64) {
        add(latency <= budget.limit ? Answers(within: 1, over: 0) : Answers(within: 0, over: 1), at: startedAt)
    }

    /// Adds answers of requests that started at `startedAt`.
    mutating func add(_ answers: Answers, at startedAt: Int64) {
        guard let cell = sums?.cell(of: startedAt) else { return }
        sums?.add(answers, to: cell)
    }
}
