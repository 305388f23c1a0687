public import HTTP

/// The objects of a file of JSON lines, one by one, each with the number of its line.
public struct JSONLines: Sequence, IteratorProtocol {
    /// One line.
    public struct Line {
        /// The line's number, from 1.
        public let number: Int
        /// The object that stands on it.
        public let object: JSONDocument
        /// Where it is in the file.
        public let range: Range<Int>
        fileprivate let file: String

        /// The text of the member `key`.
        ///
        /// - Throws: ``DataError/malformed(path:line:reason:)`` if it isn't there or is no string.
        public func text(_ key: StaticString) throws(DataError) -> String {
            guard let text = try optionalText(key) else { throw malformed("\(key) is missing") }
            return text
        }

        /// The text of the member `key`; `nil` if it isn't there or is null.
        ///
        /// - Throws: ``DataError/malformed(path:line:reason:)`` if it is no string.
        public func optionalText(_ key: StaticString) throws(DataError) -> String? {
            guard let value = object[key], !value.isNull else { return nil }
            let text: String?
            do throws(JSONError) { text = try object.string(of: value) } catch { throw malformed(error.message) }
            guard let text else { throw malformed("\(key) is not a string") }
            return text
        }

        /// What is wrong with this line.
        public func malformed(_ reason: String) -> DataError { .malformed(path: file, line: number, reason: reason) }
    }

    private let bytes: [UInt8]
    private let file: String
    private var index: Int
    private var number = 0

    /// The lines of `bytes`; empty ones are passed over, as is a byte order mark.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8.
    ///   - file: What errors call the file.
    public init(_ bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
        index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next line, or why it can't be read; `nil` at the end.
    public mutating func next() -> Result<Line, DataError>? {
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let line = bytes[index..<end]
            index = end + 1
            number += 1
            guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { continue }
            do throws(JSONError) {
                let object = try JSONDocument(parsing: line, depthMax: 32)
                return .success(Line(number: number, object: object, range: line.indices, file: file))
            } catch {
                return .failure(.malformed(path: file, line: number, reason: error.message))
            }
        }
        return nil
    }
}
