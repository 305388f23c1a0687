internal import Domain
internal import Foundation
internal import HTTP

/// Files of outcomes: a JSON object a line, plain or packed by gzip.
public struct OutcomeFile: Sendable {
    /// Longer lines are refused.
    public var lineBytesMax = 4 << 20
    /// Files with more bytes, unpacked, are refused.
    public var bytesMax = 1 << 30
    /// Lines with more models are refused.
    public var modelsMax = 1024

    /// A reader with the usual limits.
    public init() {}

    /// Every outcome of the file at `path`.
    ///
    /// Models of lists are those that `manifest.json` in the same folder gives for the file's name up to its first point.
    ///
    /// - Throws: ``DataError``, with the number of the first line that is wrong.
    public func outcomes(at path: String) throws(DataError) -> [Outcome] {
        let parser = OutcomeParser(models: try models(of: path), lineBytesMax: lineBytesMax, modelsMax: modelsMax)
        var outcomes: [Outcome] = []
        for (index, line) in try lines(at: path).enumerated() where !line.allSatisfy({ $0 == 32 || $0 == 13 }) {
            switch parser.outcome(on: line) {
            case .success(let outcome): outcomes.append(outcome)
            case .failure(let complaint):
                throw .malformed(path: path, line: index + 1, reason: complaint.reason)
            }
        }
        return outcomes
    }

    /// The lines of the file at `path`, unpacked if its name ends in `.gz`, without a byte order mark.
    public func lines(at path: String) throws(DataError) -> [ArraySlice<UInt8>] {
        let bytes = try DataSetFile.bytes(at: path, bytesMax: bytesMax)
        return bytes.dropFirst(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
            .split(separator: 10, omittingEmptySubsequences: false)
    }

    /// A digest of the unpacked files in their order.
    public func digest(of paths: [String]) throws(DataError) -> String {
        var digest = Fingerprint()
        for path in paths { digest.add(try DataSetFile.bytes(at: path, bytesMax: bytesMax)) }
        return digest.description
    }

    private func models(of path: String) throws(DataError) -> [String]? {
        let url = URL(filePath: path)
        let manifest = url.deletingLastPathComponent().appending(path: "manifest.json").path
        guard FileManager.default.fileExists(atPath: manifest) else { return nil }
        let name = url.lastPathComponent.prefix { $0 != "." }
        do {
            let document = try JSONDocument(parsing: try DataSetFile.bytes(at: manifest), depthMax: 16)
            for member in document.members where try document.string(of: member.key) == String(name) {
                guard let list = try document.member("models", of: member.value) else { return nil }
                return try document.elements(of: list).map { try document.string(of: $0) ?? "" }
            }
            return nil
        } catch let error as DataError {
            throw error
        } catch let error as JSONError {
            throw .unreadable(path: manifest, reason: error.message)
        } catch {
            throw .unreadable(path: manifest, reason: error.localizedDescription)
        }
    }
}
