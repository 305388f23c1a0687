import Domain
import Foundation

@testable import Forecasting

/// The root of the checkout's fixtures.
let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures")

/// Calls `body` with the path of a new folder, which goes afterwards.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "forecasting-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
}

/// Writes `text` to `name` in `folder`.
func write(_ text: String, to name: String, in folder: String) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
}

/// The message of the error that `body` throws.
func message(of body: () throws -> some Any) -> String {
    do {
        _ = try body()
        return "no error"
    } catch let error as SeriesError {
        return error.message
    } catch {
        return "another error"
    }
}
