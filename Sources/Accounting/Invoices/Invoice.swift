public import Domain

/// A provider's export of usage or costs, read from CSV.
public struct Invoice: Hashable, Sendable {
    /// One line of it; what its file has no column for is `nil`.
    public struct Line: Hashable, Sendable {
        /// Where it stands in the file, from 1.
        public let line: Int
        /// The model as the provider calls it.
        public let model: String?
        /// The UTC day.
        public let day: Day?
        /// The key as the provider calls it.
        public let key: String?
        /// Prompt tokens, cached ones included.
        public let input: Int?
        /// Prompt tokens read from the cache.
        public let cached: Int?
        /// Generated tokens.
        public let output: Int?
        /// What was charged.
        public let cost: Money?
    }

    /// A line that cannot be read.
    public struct Fault: Hashable, Sendable {
        /// Where it stands in the file, from 1.
        public let line: Int
        /// What is wrong with it.
        public let reason: String
    }

    /// The lines that could be read.
    public private(set) var lines: [Line] = []
    /// Those that could not.
    public private(set) var faults: [Fault] = []
    /// What the file has columns for.
    public let columns: Set<InvoiceColumn>

    /// Reads `csv`, separated by commas, semicolons or tabs, whichever its header has most of.
    ///
    /// - Parameters:
    ///   - csv: The file, UTF-8.
    ///   - named: The names of columns that go by names of their own.
    ///   - linesMax: More lines are refused.
    /// - Throws: ``InvoiceError`` if there is no header, or none of tokens and costs.
    public init(_ csv: [UInt8], named: [InvoiceColumn: String] = [:], linesMax: Int = 1_000_000) throws(InvoiceError) {
        var reader = CSVReader(csv, separator: Self.separator(of: csv))
        guard let header = reader.next(), case .success(let names) = header.fields else { throw .noHeader }
        let positions = try InvoiceColumn.positions(in: names, named: named)
        columns = Set(positions.keys)
        guard !columns.isDisjoint(with: [.input, .inputUncached, .output, .cost]) else { throw .nothingToCompare }
        while let record = reader.next() {
            guard lines.count + faults.count < linesMax else { throw .tooManyLines(linesMax) }
            do throws(Unreadable) {
                let fields: [String]
                switch record.fields {
                case .success(let found): fields = found
                case .failure(let fault): throw Unreadable(reason: fault.rawValue)
                }
                lines.append(try Self.line(record.line, Row(fields: fields, positions: positions)))
            } catch {
                faults.append(Fault(line: record.line, reason: error.reason))
            }
        }
    }

    private struct Unreadable: Error {
        let reason: String
    }

    private static func separator(of csv: [UInt8]) -> UInt8 {
        let header = csv.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        let candidates = [",", ";", "\t"].map { UInt8(ascii: $0) }
        return candidates.max { left, right in header.count { $0 == left } < header.count { $0 == right } }
            ?? UInt8(ascii: ",")
    }

    private static func line(_ number: Int, _ row: Row) throws(Unreadable) -> Line {
        let (cached, written) = (try row.count(.cached), try row.written())
        var input = try row.count(.input)
        if let uncached = try row.count(.inputUncached) { input = uncached + (cached ?? 0) + written }
        return Line(
            line: number,
            // Costs of OpenAI are by line items: `gpt-4o-2024-08-06, input`.
            model: row.text(.model).map { $0.split(separator: ",").first.map(String.init) ?? $0 },
            day: try row.day(),
            key: row.text(.key),
            input: input,
            cached: cached,
            output: try row.count(.output),
            cost: try row.cost()
        )
    }

    /// The fields of a line by what they hold.
    private struct Row {
        let fields: [String]
        let positions: [InvoiceColumn: Int]

        /// The field without the blanks around it; `nil` where there is none or it is empty.
        func text(_ column: InvoiceColumn) -> String? {
            guard let index = positions[column], index < fields.count else { return nil }
            let text = fields[index].drop(while: \.isWhitespace)
            guard let end = text.lastIndex(where: { !$0.isWhitespace }) else { return nil }
            return String(text[...end])
        }

        /// An empty field of a column that is there counts nothing.
        func count(_ column: InvoiceColumn) throws(Unreadable) -> Int? {
            guard positions[column] != nil else { return nil }
            guard let text = text(column) else { return 0 }
            guard let count = Int(tokens: text) else {
                throw Unreadable(reason: "\(column.rawValue): \"\(text)\" is no count")
            }
            return count
        }

        func written() throws(Unreadable) -> Int {
            (try count(.cacheWrite) ?? 0) + (try count(.cacheWriteHour) ?? 0)
        }

        func cost() throws(Unreadable) -> Money? {
            guard positions[.cost] != nil else { return nil }
            guard let text = text(.cost) else { return .zero }
            guard let money = Money(decimal: text) else {
                throw Unreadable(reason: "cost_usd: \"\(text)\" is no amount")
            }
            return money
        }

        func day() throws(Unreadable) -> Day? {
            guard positions[.date] != nil else { return nil }
            guard let text = text(.date) else { throw Unreadable(reason: "the date is missing") }
            guard let day = Day(text) else { throw Unreadable(reason: "date: \"\(text)\" is no day") }
            return day
        }
    }
}

extension Int {
    /// A count from 0 to 2^50, with or without commas between thousands or a fraction of zero.
    fileprivate init?(tokens text: String) {
        let digits = text.filter { $0 != "," && $0 != "_" && $0 != "'" }
        guard let count = Int(digits) ?? Double(digits).flatMap(Int.init(exactly:)), (0...1 << 50).contains(count)
        else {
            return nil
        }
        self = count
    }
}
