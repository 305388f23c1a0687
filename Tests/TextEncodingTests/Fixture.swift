import Foundation
import HTTP
import TextEncoding

/// The files of Tests/Fixtures/tokenizers.
enum Fixture {
    static func bytes(_ name: String) throws -> [UInt8] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: tests.appending(path: "Fixtures/tokenizers/\(name)")))
    }

    /// The tokenizer that most tests need, read once.
    static let minilm = Result { try tokenizer("minilm") }

    /// The tokenizer of a file, or a variant of one.
    static func tokenizer(_ name: String) throws -> Tokenizer {
        try Tokenizer(json: ["minilm", "roberta", "modernbert"].contains(name) ? bytes("\(name).json") : variant(name))
    }

    /// The text of a tokenizer with components of variants.json in place of its own.
    static func variant(_ name: String) throws -> [UInt8] {
        let file = try JSONDocument(parsing: bytes("variants.json"), depthMax: 32)
        for variant in file.elements(of: file["variants"] ?? file.root) {
            guard let found = try file.member("name", of: variant), try file.string(of: found) == name,
                let of = try file.member("of", of: variant), let base = try file.string(of: of),
                let components = try file.member("components", of: variant)
            else { continue }
            var text = String(decoding: try bytes("\(base).json"), as: UTF8.self)
            if let model = try file.member("model", of: components) {
                let change = try file.elements(of: model).map { try file.string(of: $0) ?? "" }
                text = text.replacingOccurrences(of: change[0], with: change[1])
            }
            let keys: [StaticString] = ["normalizer", "pre_tokenizer", "post_processor", "added_tokens"]
            let changes = try keys.compactMap { key in
                try file.member(key, of: components).map { (key, Array(file.rawBytes(of: $0))) }
            }
            return try JSONDocument(parsing: Array(text.utf8), depthMax: 32).replacing(changes)
        }
        throw CocoaError(.fileNoSuchFile)
    }
}

/// The results of PyPI's `tokenizers` for the sample strings, as Tests/Tools/tokenizer_goldens.py writes them.
struct Golden {
    /// The hash of all strings in their order.
    let strings: UInt64
    /// For each string, the hash of its ids.
    let ids: [UInt32]

    init(_ name: String) throws {
        let words = String(decoding: try Fixture.bytes("\(name).golden"), as: UTF8.self).split { $0.isWhitespace }
        strings = words.first.flatMap { UInt64($0, radix: 16) } ?? 0
        ids = words.dropFirst().compactMap { UInt32($0, radix: 16) }
    }

    /// The hash of a string's ids.
    static func hash(_ ids: [Int32]) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        for id in ids {
            for shift in [0, 8, 16, 24] { hash = (hash ^ UInt32(id >> Int32(shift)) & 0xFF) &* 0x0100_0193 }
        }
        return hash & 0xFF_FFFF
    }
}
