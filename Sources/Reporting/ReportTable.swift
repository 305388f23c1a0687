/// How a report is written.
public enum ReportFormat: String, CaseIterable, Hashable, Sendable {
    /// Columns aligned with spaces, for people, with what they mean below.
    case text
    /// RFC 4180, with a header line.
    case csv
    /// An array of objects.
    case json
}

/// One table of a report, in dollars, grams, watt-hours and milliseconds.
public struct ReportTable: Hashable, Sendable {
    /// What one cell holds, so that JSON can tell numbers from texts.
    public enum Cell: Hashable, Sendable {
        /// Words.
        case text(String)
        /// Digits as they are written.
        case number(String)
        /// Nothing, such as the mean of no values.
        case none
    }

    /// What the table shows, in a line.
    public let title: String
    /// The columns' names.
    public let header: [String]
    /// A cell for each column, line by line.
    public let lines: [[Cell]]
    /// What the columns mean, a sentence each.
    public let notes: [String]

    /// A table, whose lines are as long as its header.
    public init(title: String, header: [String], lines: [[Cell]], notes: [String]) {
        self.title = title
        self.header = header
        self.lines = lines
        self.notes = notes
    }

    /// The table in `format`, with a line end after its last line.
    public func rendered(as format: ReportFormat) -> String {
        switch format {
        case .text: text
        case .csv: csv
        case .json: json + "\n"
        }
    }
}

extension ReportTable.Cell {
    /// `count`, as it is.
    init(_ count: Int) { self = .number(String(count)) }

    /// `value` rounded to `places` decimals, without an exponent; none where there is no value or no end of digits.
    public init(_ value: Double?, places: Int) {
        let scale = (0..<places).reduce(1.0) { scale, _ in scale * 10 }
        guard let value, let scaled = Int64(exactly: (abs(value) * scale).rounded()) else {
            self = .none
            return
        }
        let digits = String(scaled)
        let padded = String(repeating: "0", count: max(places + 1 - digits.count, 0)) + digits
        let sign = value < 0 && scaled != 0 ? "-" : ""
        self = .number(places == 0 ? sign + digits : "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))")
    }

    /// The cell verbatim; empty for nothing.
    var value: String {
        switch self {
        case .text(let text), .number(let text): text
        case .none: ""
        }
    }

    /// The cell as a screen may show it: a client's model name or tag must not move its cursor or turn its line around.
    var shown: String {
        let scalars = value.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: Character("\u{fffd}")
            default: Character(scalar)
            }
        }
        return scalars.isEmpty ? "-" : String(scalars)
    }
}
