import Foundation

/// The bytes of a data set's file, unpacked.
public enum DataSetFile {
    /// Reads the file at `path`; one whose name ends in `.gz` is unpacked by the program gzip.
    ///
    /// A child process rather than one more C library: data sets are read a few times a day, off the request path, and
    /// every Debian has gzip.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - bytesMax: A file with more bytes, unpacked, is refused.
    /// - Returns: All of them, unpacked.
    /// - Throws: ``DataError/unreadable(path:reason:)``.
    public static func bytes(at path: String, bytesMax: Int = 1 << 30) throws(DataError) -> [UInt8] {
        do {
            guard FileManager.default.fileExists(atPath: path) else {
                throw DataError.unreadable(path: path, reason: "there is no such file")
            }
            let values = try? URL(filePath: path).resourceValues(forKeys: [.isDirectoryKey])
            if values?.isDirectory ?? false { throw DataError.unreadable(path: path, reason: "it is a folder") }
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            let bytes = path.hasSuffix(".gz") ? try unpacked(file, bytesMax) : try file.bytes(upTo: bytesMax + 1)
            guard let bytes else { throw DataError.unreadable(path: path, reason: "gzip cannot unpack it") }
            guard bytes.count <= bytesMax else {
                throw DataError.unreadable(path: path, reason: "it has more than \(bytesMax) bytes")
            }
            return bytes
        } catch let error as DataError {
            throw error
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }

    /// What gzip makes of a file, at most one byte more than `bytesMax`; nil if it isn't packed.
    private static func unpacked(_ file: FileHandle, _ bytesMax: Int) throws -> [UInt8]? {
        let gzip = Process()
        let output = Pipe()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", "--decompress", "--stdout"]
        gzip.standardInput = file
        gzip.standardOutput = output
        gzip.standardError = FileHandle.nullDevice
        try gzip.run()
        let bytes = try output.fileHandleForReading.bytes(upTo: bytesMax + 1)
        // Closed before the wait: a gzip that has more to say ends by its broken pipe.
        try output.fileHandleForReading.close()
        gzip.waitUntilExit()
        return gzip.terminationStatus == 0 || bytes.count > bytesMax ? bytes : nil
    }
}

extension FileHandle {
    /// The bytes up to the end, or up to `limit`.
    fileprivate func bytes(upTo limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit, let piece = try read(upToCount: min(1 << 20, limit - bytes.count)), !piece.isEmpty {
            bytes += piece
        }
        return bytes
    }
}
