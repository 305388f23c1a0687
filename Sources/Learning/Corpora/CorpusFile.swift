import Foundation

/// The bytes of a data set's file, unpacked.
public enum CorpusFile {
    /// Reads the file at `path`; one whose name ends in `.gz` is unpacked by the program gzip.
    ///
    /// A child process rather than one more C library: data sets are read a few times a day, off the request path, and
    /// every Debian has gzip.
    ///
    /// - Throws: ``CorpusError/unreadable(file:reason:)``.
    public static func bytes(at path: String) throws(CorpusError) -> [UInt8] {
        do {
            guard path.hasSuffix(".gz") else { return Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            let gzip = Process()
            gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            gzip.arguments = ["gzip", "--decompress", "--stdout"]
            gzip.standardInput = file
            let output = Pipe()
            gzip.standardOutput = output
            gzip.standardError = FileHandle.nullDevice
            try gzip.run()
            let data = try output.fileHandleForReading.readToEnd()
            gzip.waitUntilExit()
            guard gzip.terminationStatus == 0 else {
                throw CorpusError.unreadable(file: path, reason: "gzip cannot unpack it")
            }
            return Array(data ?? Data())
        } catch let error as CorpusError {
            throw error
        } catch {
            throw .unreadable(file: path, reason: error.localizedDescription)
        }
    }
}

/// Why a data set can't be read.
public enum CorpusError: Error, Hashable, Sendable {
    /// The file isn't there, or can't be unpacked.
    case unreadable(file: String, reason: String)
    /// A line isn't what the data set has; the first line is 1.
    case malformed(file: String, line: Int, reason: String)
    /// The file has no example.
    case empty(file: String)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .unreadable(let file, let reason): "\(file) can't be read: \(reason)"
        case .malformed(let file, let line, let reason): "\(file):\(line): \(reason)"
        case .empty(let file): "\(file) has no example"
        }
    }
}
