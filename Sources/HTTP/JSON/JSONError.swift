/// Why a text isn't JSON that this gateway accepts, and where.
public struct JSONError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// The text ends inside a value.
        case unexpectedEnd
        /// This byte can't stand here.
        case unexpectedByte
        /// Something else than an object, where an object is needed.
        case notAnObject
        /// More than blanks after the value.
        case trailingBytes
        /// A literal other than `true`, `false` and `null`.
        case invalidLiteral
        /// A number that JSON's grammar doesn't allow, such as `01`, `+1`, `.5` and `1.`
        case invalidNumber
        /// A backslash with what isn't an escape behind it.
        case invalidEscape
        /// Half of a surrogate pair without the other.
        case loneSurrogate
        /// An unescaped control character in a string.
        case controlCharacter
        /// Bytes that aren't UTF-8.
        case invalidUTF8
        /// More objects and arrays inside one another than the limit.
        case tooDeep(depthMax: Int)
        /// 4 GiB or more.
        case tooLong
        /// The same key twice in one object: two readers could take different values.
        case duplicateKey
    }

    /// What is wrong.
    public let reason: Reason
    /// Where it is: bytes before it, counted from the text's start.
    public let offset: Int

    /// That `reason`, `offset` bytes behind the text's start.
    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    /// What is wrong and where, in one sentence without a full stop.
    public var message: String { "\(sentence) at byte \(offset)" }

    private var sentence: String {
        switch reason {
        case .unexpectedEnd: "the JSON text ends early"
        case .unexpectedByte: "unexpected character"
        case .notAnObject: "expected a JSON object"
        case .trailingBytes: "unexpected text after the JSON value"
        case .invalidLiteral: "invalid literal"
        case .invalidNumber: "invalid number"
        case .invalidEscape: "invalid escape in a string"
        case .loneSurrogate: "lone surrogate in a string"
        case .controlCharacter: "unescaped control character in a string"
        case .invalidUTF8: "invalid UTF-8"
        case .tooDeep(let depthMax): "more than \(depthMax) nested objects and arrays"
        case .tooLong: "4 GiB of JSON or more"
        case .duplicateKey: "duplicate key"
        }
    }
}
