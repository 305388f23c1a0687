import Foundation
import Neural
import Testing
import TextEncoding

/// The tiny models of Tests/Fixtures/encoders, and MiniLM where it is.
enum EncoderFixture {
    static let names = ["bert", "bert-labels", "distilbert-labels", "roberta-labels", "modernbert-labels"]

    static func folder(_ name: String) -> String { root.appending(path: name).path }

    static func encoder(_ name: String, _ precision: Precision = .float32, tokensMax: Int = 32) throws -> Encoder {
        try Encoder(folder: folder(name), options: .init(precision: precision, tokensMax: tokensMax))
    }

    /// A file of a model as it is.
    static func bytes(of file: String, in name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: root.appending(path: "\(name)/\(file)")))
    }

    static func size(of file: String, in name: String) throws -> Int { try bytes(of: file, in: name).count }

    /// What `transformers` makes of each text.
    static func golden(_ path: String) throws -> [GoldenEncoding] {
        try JSONDecoder().decode([GoldenEncoding].self, from: Data(contentsOf: root.appending(path: path)))
    }

    /// What `transformers` makes of a long text whose tokens are pruned.
    static func pruned(_ path: String) throws -> [PrunedEncoding] {
        try JSONDecoder().decode([PrunedEncoding].self, from: Data(contentsOf: root.appending(path: path)))
    }

    /// Where MiniLM's weights are: `deploy/test` names the folder; without, tests of it are skipped.
    static let minilm = ProcessInfo.processInfo.environment["SWITCHYARD_MINILM"]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/encoders")
}

/// What a model makes of a text.
struct GoldenEncoding: Decodable {
    let text: String
    /// For each layer, the mean over the tokens.
    let means: [[Float]]
    /// The first token in the last layer.
    let first: [Float]
    let probabilities: [Float]?
}

/// What a model makes of a long text, cut to `count` tokens, part of which are left behind the first layer.
struct PrunedEncoding: Decodable {
    let count: Int
    let means: [[Float]]

    static let text = Array(
        repeating: "the quick brown fox jumps over the lazy dog and runs away from it",
        count: 12
    ).joined(separator: " ")
}

/// How far apart two vectors are at most in one place.
func distance(_ left: [Float], _ right: [Float]) -> Float {
    zip(left, right).reduce(left.count == right.count ? 0 : .infinity) { max($0, abs($1.0 - $1.1)) }
}

/// The cosine of the angle between two vectors.
func cosine(_ left: [Float], _ right: [Float]) -> Float {
    func product(_ left: [Float], _ right: [Float]) -> Float { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }
    return product(left, right) / (product(left, left) * product(right, right)).squareRoot()
}

/// A copy of a model's folder that a test may spoil; it goes with the object.
final class SpoiltFolder {
    let path: String

    init(of name: String) throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.copyItem(at: URL(filePath: EncoderFixture.folder(name)), to: copy)
        path = copy.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: "\(path)/\(name)"))) }

    func write(_ bytes: [UInt8], to name: String) throws { try Data(bytes).write(to: URL(filePath: "\(path)/\(name)")) }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }

    /// Replaces text in a file; the text must be there.
    func replace(_ old: String, with new: String, in name: String) throws {
        let text = String(decoding: try bytes(name), as: UTF8.self)
        try #require(text.contains(old), "\(name) has no \(old)")
        try write(Array(text.replacing(old, with: new).utf8), to: name)
    }
}
