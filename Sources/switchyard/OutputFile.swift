import Configuration
import Foundation

/// Files that commands make.
enum OutputFile {
    /// Why there is none, and what helps, in a sentence without a full stop.
    struct Unwritable: Error {
        let message: String
    }

    /// Writes a file whole, or not at all.
    static func write(_ text: String, to path: String) throws(Unwritable) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Unwritable(message: "can't write \(path): \(DataFile.reason(of: error))")
        }
    }

    /// Makes a folder if it is not there, and sees that files can be put into it.
    static func prepare(folder: String, remedy: String) throws(Unwritable) {
        var reason = "it may not be written to"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            if FileManager.default.isWritableFile(atPath: folder) { return }
        } catch {
            reason = DataFile.reason(of: error)
        }
        throw Unwritable(message: "can't keep anything in \(folder): \(reason); \(remedy)")
    }
}
