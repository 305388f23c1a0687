import Foundation
import HTTP
import Learning
import Routing

/// What a training leaves behind: the head, and `manifest.json`, which tells what it was made of and how good it is.
struct TrainingResult {
    let options: HeadOptions
    let head: TrainedHead
    let prompts: TrainingPrompts
    let metrics: [String: HeadMetrics]

    /// Writes both into the folder, removes the checkpoint, and prints the figures.
    func write() throws {
        try head.write(to: options.path("head.safetensors"))
        try writeManifest()
        // There may be none: it is only written when training is interrupted.
        try? FileManager.default.removeItem(atPath: options.checkpointPath)
        for (name, metrics) in metrics.sorted(by: { $0.key < $1.key }) {
            let figures = metrics.values.sorted { $0.key < $1.key }.map {
                "\($0.key) \(String(format: "%.4g", $0.value))"
            }
            print("\(name): \(figures.joined(separator: ", "))")
        }
    }

    private func writeManifest() throws {
        var writer = JSONWriter()
        try writer.object { (writer: inout JSONWriter) throws in
            writer.member("kind", head.kind.rawValue)
            writer.member("switchyard", Version.current)
            writer.member("licence", options.licence)
            writer.member("seed", Int(truncatingIfNeeded: options.seed))
            writer.member("encoder", URL(filePath: options.encoder).lastPathComponent)
            list("layers", head.layers.map(String.init), &writer)
            list("outputs", head.names, &writer)
            writer.member("networks", head.members.count)
            writer.member("examples", prompts.examples.count)
            writer.member("validation_examples", prompts.validation.count)
            try writer.object("data") { (writer: inout JSONWriter) throws in
                for file in options.data + [options.validation].compactMap(\.self) {
                    writer.key(named: URL(filePath: file).lastPathComponent)
                    writer.value("fnv1a-64:" + (try Self.digest(of: file)))
                }
            }
            writer.object("metrics") { (writer: inout JSONWriter) in
                for (name, metrics) in metrics.sorted(by: { $0.key < $1.key }) {
                    writer.key(named: URL(filePath: name).lastPathComponent)
                    writer.object { (writer: inout JSONWriter) in
                        for (figure, value) in metrics.values.sorted(by: { $0.key < $1.key }) {
                            writer.key(named: figure)
                            writer.value(value)
                        }
                    }
                }
            }
        }
        try Data(writer.bytes).write(to: URL(filePath: options.path("manifest.json")), options: .atomic)
    }

    private func list(_ key: StaticString, _ values: [String], _ writer: inout JSONWriter) {
        writer.key(key)
        writer.array { (writer: inout JSONWriter) in for value in values { writer.value(value) } }
    }

    /// Tells files apart; it is no proof against somebody who forges one.
    private static func digest(of path: String) throws -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in try CorpusFile.bytes(at: path) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
