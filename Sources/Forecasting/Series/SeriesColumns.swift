/// Which fields of a row hold its time and its value, by the header's names.
struct SeriesColumns {
    /// How a row says its time.
    enum Clock {
        /// As a date with a time of day.
        case text
        /// As a number of such steps, each so many seconds.
        case steps(seconds: Int64)
    }

    /// What a row's value is.
    enum Measure {
        /// So much in its step.
        case amount
        /// So much each second.
        case rate
        /// The row itself counts as one.
        case rows
    }

    let time: Int
    let clock: Clock
    /// `nil` where rows are counted.
    let value: Int?
    let measure: Measure

    /// The columns of a file.
    ///
    /// - Throws: ``SeriesError/columnMissing(path:wanted:found:)``.
    init(header: [String], wanted: String?, of name: String) throws(SeriesError) {
        let names = header.map { $0.trimmed.lowercased() }
        func missing(_ column: String) -> SeriesError {
            .columnMissing(path: name, wanted: column, found: header)
        }
        let texts = ["ds", "timestamp", "time", "date"]
        if let index = names.firstIndex(where: { texts.contains($0) || $0.hasPrefix("datetime") }) {
            (time, clock) = (index, .text)
        } else if let index = names.firstIndex(of: "hour") {
            (time, clock) = (index, .steps(seconds: 3600))
        } else if let index = names.firstIndex(of: "t_s") {
            (time, clock) = (index, .steps(seconds: 1))
        } else {
            throw missing("ds")
        }
        if let wanted {
            guard let index = names.firstIndex(of: wanted.lowercased()) else { throw missing(wanted) }
            (value, measure) = (index, .amount)
        } else if let index = names.firstIndex(of: "y") {
            (value, measure) = (index, .amount)
        } else if let index = names.firstIndex(of: "rps") {
            (value, measure) = (index, .rate)
        } else if names.contains("contexttokens") {
            // Only a file known to have a row for each request: else a misspelt `y` would pass for one.
            (value, measure) = (nil, .rows)
        } else if let index = names.firstIndex(where: Self.amounts.contains) {
            (value, measure) = (index, .amount)
        } else {
            // Even of one column beside the time it is not known that it counts requests: it may be a price.
            throw missing("y")
        }
    }

    /// What files call the requests of an hour.
    private static let amounts: Set = ["requests", "demand", "value", "count", "queries", "calls"]
}

extension String {
    /// Without spaces at its ends.
    var trimmed: String {
        let rest = drop { $0 == " " || $0 == "\t" }
        guard let last = rest.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(rest[...last])
    }
}
