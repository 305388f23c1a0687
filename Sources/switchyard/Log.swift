import Configuration
import Foundation
import Logging

/// The log on standard error, as text or as one JSON object a line.
enum Log {
    static func make(_ settings: Settings.Logging) -> Logger {
        var log = Logger(label: "switchyard") { label in
            switch settings.format {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler()
            }
        }
        log.logLevel = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        return log
    }
}

/// Writes each line as a JSON object, for collectors.
private struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line: [String: String] = [
            "time": Date.now.formatted(.iso8601), "level": event.level.rawValue, "message": "\(event.message)",
        ]
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) { line[key] = "\(value)" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A dictionary of strings always encodes.
        guard let bytes = try? encoder.encode(line) else { return }
        Console.write(bytes + Data("\n".utf8), to: .standardError)
    }
}
