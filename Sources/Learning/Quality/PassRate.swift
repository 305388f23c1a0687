/// How many problems are solved, by how many of each one's answers are right.
public struct PassRate: Hashable, Sendable {
    /// What became of one problem.
    public struct Tally: Hashable, Sendable {
        /// Answers that were asked for.
        public var answers = 0
        /// Those that are right.
        public var passed = 0

        /// No answers yet.
        public init() {}
    }

    /// The problems' tallies.
    public let tallies: [Tally]

    /// The rate of these problems.
    ///
    /// - Precondition: Each has an answer, and no more right ones than answers.
    public init(_ tallies: [Tally]) {
        precondition(tallies.allSatisfy { $0.answers > 0 && 0...$0.answers ~= $0.passed }, "each problem has an answer")
        self.tallies = tallies
    }

    /// The share of problems of which one answer in `k` is right, expected from all that there are: pass@k.
    ///
    ///     mean over problems of 1 − C(n − c, k) / C(n, k)
    ///
    /// with c of n answers right; free of bias, unlike 1 − (1 − c/n)ᵏ. Chen et al., "Evaluating large language models trained
    /// on code", 2021, equation 1.
    ///
    /// - Parameter k: From 1 on.
    /// - Returns: 0 to 1; `nil` without problems, or where one has fewer than `k` answers.
    public func passAt(_ k: Int) -> Double? {
        guard k > 0, !tallies.isEmpty, tallies.allSatisfy({ $0.answers >= k }) else { return nil }
        let shares = tallies.map { tally in
            let wrong = tally.answers - tally.passed
            guard wrong >= k else { return 1.0 }
            return 1 - (wrong + 1..<tally.answers + 1).reduce(1.0) { $0 * (1 - Double(k) / Double($1)) }
        }
        return shares.reduce(0, +) / Double(shares.count)
    }

    /// Pass@1 with its interval of 95 per cent over problems; `nil` without any.
    ///
    /// Of several answers to a problem it is wider than need be: they count as one.
    public var passAt1: Interval? { passAt(1).map { .wilson($0, of: tallies.count) } }
}

extension Interval {
    /// A share of `count` rows with its interval by Wilson's score, which holds for few rows and for shares of 0 and 1 too.
    ///
    /// Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    ///
    /// - Precondition: There is a row.
    public static func wilson(_ share: Double, of count: Int) -> Interval {
        precondition(count > 0, "a share is of rows")
        let (z, n) = (1.959964, Double(count))
        let middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return Interval(value: share, low: max(0, middle - half), high: min(1, middle + half))
    }
}
