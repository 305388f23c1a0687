public import Domain

/// A ledger and an invoice, group by group: what each says was used and charged, and whether they agree.
public struct Reconciliation: Hashable, Sendable {
    /// What lines are compared by.
    public enum Dimension: String, CaseIterable, Hashable, Sendable {
        /// The model, as the provider calls it.
        case model
        /// The UTC day.
        case day
        /// The key.
        case key
    }

    /// What one side says of a group.
    public struct Figures: Hashable, Sendable {
        /// Prompt tokens, cached ones included; `nil` where that side does not tell.
        public var input: Int?
        /// Prompt tokens read from the cache.
        public var cached: Int?
        /// Generated tokens.
        public var output: Int?
        /// What was charged.
        public var cost: Money?

        /// Figures of one side.
        public init(input: Int? = nil, cached: Int? = nil, output: Int? = nil, cost: Money? = nil) {
            self.input = input
            self.cached = cached
            self.output = output
            self.cost = cost
        }

        /// Both together; what either does not tell is what the other tells.
        public static func + (left: Figures, right: Figures) -> Figures {
            func sum<Value>(_ left: Value?, _ right: Value?, _ add: (Value, Value) -> Value) -> Value? {
                guard let left, let right else { return left ?? right }
                return add(left, right)
            }
            func count(_ left: Int, _ right: Int) -> Int {
                let (sum, overflows) = left.addingReportingOverflow(right)
                return overflows ? .max : sum
            }
            return Figures(
                input: sum(left.input, right.input, count),
                cached: sum(left.cached, right.cached, count),
                output: sum(left.output, right.output, count),
                cost: sum(left.cost, right.cost, +)
            )
        }
    }

    /// How the sides of a group compare.
    public enum Verdict: String, CaseIterable, Hashable, Sendable {
        /// Within the tolerance.
        case agrees
        /// The costs agree, as far as they are told, and the tokens do not.
        case tokensDiffer = "tokens_differ"
        /// The costs do not agree.
        case costDiffers = "cost_differs"
        /// The ledger has it and the invoice has not.
        case notInvoiced = "not_invoiced"
        /// The invoice has it and the ledger has not.
        case notInLedger = "not_in_ledger"
    }

    /// One group.
    public struct Line: Hashable, Sendable {
        /// Its names, one for each dimension.
        public let group: [String]
        /// What the ledger says; `nil` if it has nothing of the group.
        public let ledger: Figures?
        /// What the invoice says; `nil` if it has nothing of the group.
        public let invoice: Figures?
        /// How they compare.
        public let verdict: Verdict

        /// The ledger's cost less the invoice's.
        public var difference: Money { (ledger?.cost ?? .zero) - (invoice?.cost ?? .zero) }
    }

    /// How much two figures may differ and still agree: either limit suffices.
    public struct Tolerance: Hashable, Sendable {
        /// As a share of the larger figure.
        public let share: Double
        /// In money, for costs: invoices are rounded to cents.
        public let money: Money

        /// A tolerance of both kinds.
        public init(share: Double, money: Money) {
            self.share = share
            self.money = money
        }

        func allows(_ left: Int64, _ right: Int64, slack: Int64 = 0) -> Bool {
            let (low, high) = (min(left, right), max(left, right))
            let (gap, overflows) = high.subtractingReportingOverflow(low)
            guard !overflows else { return false }
            return gap <= slack || Double(gap) <= share * Double(max(left.magnitude, right.magnitude))
        }
    }

    /// The groups, in the order of their names.
    public let lines: [Line]
    /// All groups together.
    public let total: Line

    /// Whether every group agrees.
    public var agrees: Bool { lines.allSatisfy { $0.verdict == .agrees } }

    /// Compares the groups of the `ledger` with those of the `invoice`.
    public init(ledger: [[String]: Figures], invoice: [[String]: Figures], tolerance: Tolerance) {
        lines = Set(ledger.keys).union(invoice.keys).sorted { $0.lexicographicallyPrecedes($1) }.map { group in
            Self.line(group, ledger[group], invoice[group], tolerance)
        }
        total = Self.line(
            [],
            ledger.isEmpty ? nil : ledger.values.reduce(Figures(), +),
            invoice.isEmpty ? nil : invoice.values.reduce(Figures(), +),
            tolerance
        )
    }

    private static func line(
        _ group: [String],
        _ ledger: Figures?,
        _ invoice: Figures?,
        _ tolerance: Tolerance
    ) -> Line {
        Line(group: group, ledger: ledger, invoice: invoice, verdict: verdict(ledger, invoice, tolerance))
    }

    private static func verdict(_ ledger: Figures?, _ invoice: Figures?, _ tolerance: Tolerance) -> Verdict {
        // A side that has nothing of a group agrees with zeros.
        let nothing = Figures(input: 0, output: 0, cost: .zero)
        let verdict = compare(ledger ?? nothing, invoice ?? nothing, tolerance)
        guard verdict != .agrees else { return verdict }
        return invoice == nil ? .notInvoiced : ledger == nil ? .notInLedger : verdict
    }

    private static func compare(_ left: Figures, _ right: Figures, _ tolerance: Tolerance) -> Verdict {
        if let one = left.cost, let other = right.cost {
            let slack = tolerance.money.nanodollars
            guard tolerance.allows(one.nanodollars, other.nanodollars, slack: slack) else { return .costDiffers }
        }
        for kind in [\Figures.input, \.cached, \.output] {
            guard let one = left[keyPath: kind], let other = right[keyPath: kind] else { continue }
            guard tolerance.allows(Int64(one), Int64(other)) else { return .tokensDiffer }
        }
        return .agrees
    }
}

extension Reconciliation.Figures {
    /// What a line of an invoice says.
    public init(_ line: Invoice.Line) {
        self.init(input: line.input, cached: line.cached, output: line.output, cost: line.cost)
    }
}

extension Invoice {
    /// The sums of the lines in each group; `name` puts a model's name in the words of both sides.
    ///
    /// - Parameters:
    ///   - dimensions: What to group by; a line that does not tell one is in the group of the empty name.
    ///   - days: The days that count; `nil` for all.
    ///   - name: The name under which a model of the invoice is compared.
    /// - Returns: The figures of each group that has a line.
    public func figures(
        by dimensions: [Reconciliation.Dimension],
        days: ClosedRange<Day>?,
        modelNamed name: (String) -> String
    ) -> [[String]: Reconciliation.Figures] {
        lines.reduce(into: [:]) { groups, line in
            if let days, let day = line.day, !days.contains(day) { return }
            let group = dimensions.map { dimension in
                switch dimension {
                case .model: line.model.map(name) ?? ""
                case .day: line.day?.description ?? ""
                case .key: line.key ?? ""
                }
            }
            let figures = Reconciliation.Figures(line)
            groups[group] = groups[group].map { $0 + figures } ?? figures
        }
    }

    /// The first day and the last; `nil` where no line tells one.
    public var days: ClosedRange<Day>? {
        let days = lines.compactMap(\.day)
        guard let first = days.min(), let last = days.max() else { return nil }
        return first...last
    }
}
