import Foundation

/// A file of data that settings name, such as a grid's intensities.
public enum DataFile {
    /// Why it has no contents.
    public struct Unreadable: Error, CustomStringConvertible {
        /// What is wrong with which file.
        public let description: String
    }

    /// Whether there is a file, or anything else, at `path`.
    public static func exists(at path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// The bytes of the file at `path`; it blocks, so no loop may call it.
    ///
    /// - Throws: ``Unreadable`` if it is not there, may not be read, or is longer than `bytesMax`.
    public static func bytes(at path: String, bytesMax: Int) throws(Unreadable) -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            let data = try handle.read(upToCount: bytesMax + 1) ?? Data()
            if data.count <= bytesMax { return Array(data) }
        } catch {
            throw Unreadable(description: "\(path) cannot be read: \(reason(of: error))")
        }
        throw Unreadable(description: "\(path) is longer than \(bytesMax) bytes")
    }

    /// What the system says of `error`, without the full stop: what is wrong with a file stands within a sentence.
    public static func reason(of error: any Error) -> String {
        let text = (error as NSError).localizedDescription
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
