/// One record of a file of comma-separated values, and where it stands.
public struct CSVRecord: Hashable, Sendable {
    /// Why a record cannot be read.
    public enum Fault: String, Error, Hashable, Sendable {
        /// A quoted field does not end.
        case unterminatedQuote = "a quoted field does not end"
        /// There is text between a closing quote and the next separator.
        case textAfterQuote = "text follows a closing quote"
        /// A field is longer than the limit.
        case fieldTooLong = "a field is too long"
        /// There are more fields than the limit.
        case tooManyFields = "there are too many fields"
        /// A field is not UTF-8.
        case notUTF8 = "a field is not UTF-8"
    }

    /// The line of the file on which it begins, from 1.
    public let line: Int
    /// Its fields, without their quotes, or why it cannot be read.
    public let fields: Result<[String], Fault>
}

/// Reads comma-separated values, record by record: RFC 4180, and what programs make of it.
///
/// Lines may end in CRLF, LF or CR, the last one in nothing. A byte order mark is passed over, as are empty lines. A quote
/// within a field that does not begin with one stands for itself. After a record that cannot be read the next line is
/// tried, so that one bad line costs one line.
///
/// - Complexity: O(bytes) for a sound file; a record that cannot be read costs at most one field's limit more.
public struct CSVReader: Sequence, IteratorProtocol {
    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    private let bytes: [UInt8]
    private let separator: UInt8
    private let fieldBytesMax: Int
    private let fieldCountMax: Int
    private var index = 0
    private var line = 1

    /// A reader of `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - separator: What stands between fields: a comma, or the semicolon or tab of other programs.
    ///   - fieldBytesMax: The longest field.
    ///   - fieldCountMax: The most fields of a record.
    public init(
        _ bytes: [UInt8],
        separator: UInt8 = UInt8(ascii: ","),
        fieldBytesMax: Int = 65_536,
        fieldCountMax: Int = 1024
    ) {
        self.bytes = bytes
        self.separator = separator
        self.fieldBytesMax = fieldBytesMax
        self.fieldCountMax = fieldCountMax
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    /// What stands between the fields of a file: a semicolon or a tab where its first line has one and no comma.
    public static func separator(of bytes: [UInt8]) -> UInt8 {
        let header = bytes.prefix { $0 != lineFeed && $0 != carriageReturn }
        let separators = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
        return separators.first(where: header.contains) ?? separators[0]
    }

    /// The next record; `nil` at the end.
    public mutating func next() -> CSVRecord? {
        while skipLineEnd() {}
        guard index < bytes.count else { return nil }
        let (start, first) = (index, line)
        do throws(CSVRecord.Fault) {
            return CSVRecord(line: first, fields: .success(try record()))
        } catch {
            (index, line) = (start, first)
            while index < bytes.count, !isLineEnd { index += 1 }
            return CSVRecord(line: first, fields: .failure(error))
        }
    }

    private mutating func record() throws(CSVRecord.Fault) -> [String] {
        var fields: [String] = []
        while true {
            guard fields.count < fieldCountMax else { throw .tooManyFields }
            let field = try peek == Self.quote ? quotedField()[...] : plainField()
            // Nearly all are ASCII, and to check the rest costs as much as all else.
            if field.allSatisfy({ $0 < 0x80 }) {
                fields.append(String(decoding: field, as: UTF8.self))
            } else {
                guard let text = String(validating: field, as: UTF8.self) else { throw .notUTF8 }
                fields.append(text)
            }
            guard peek == separator else { return fields }
            index += 1
        }
    }

    private mutating func plainField() throws(CSVRecord.Fault) -> ArraySlice<UInt8> {
        let start = index
        while index < bytes.count, bytes[index] != separator, !isLineEnd {
            index += 1
            guard index - start <= fieldBytesMax else { throw .fieldTooLong }
        }
        return bytes[start..<index]
    }

    private mutating func quotedField() throws(CSVRecord.Fault) -> [UInt8] {
        var field: [UInt8] = []
        index += 1
        while let byte = peek {
            guard field.count < fieldBytesMax || byte == Self.quote else { throw .fieldTooLong }
            if byte == Self.quote {
                index += 1
                guard peek == Self.quote else {
                    guard index == bytes.count || peek == separator || isLineEnd else { throw .textAfterQuote }
                    return field
                }
            } else if isLineEnd {
                // CRLF within a field is kept as it is, and is one line.
                if byte == Self.lineFeed || index + 1 == bytes.count || bytes[index + 1] != Self.lineFeed { line += 1 }
            }
            field.append(byte)
            index += 1
        }
        throw .unterminatedQuote
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private var isLineEnd: Bool { peek == Self.lineFeed || peek == Self.carriageReturn }

    /// Goes over one line end, if there is one here.
    private mutating func skipLineEnd() -> Bool {
        guard isLineEnd else { return false }
        let isPair = peek == Self.carriageReturn && index + 1 < bytes.count && bytes[index + 1] == Self.lineFeed
        index += isPair ? 2 : 1
        line += 1
        return true
    }
}
