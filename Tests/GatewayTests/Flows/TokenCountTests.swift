import Accounting
import Domain
import Foundation
import Ledger
import Server
import Testing
import Wire

@testable import Gateway

/// What is counted where a registry's entry names the model's tokenizer and the provider says nothing.
@Suite final class TokenCountTests {
    /// A folder with a vocabulary of few words: all others are one unknown token each.
    private let folder = FileManager.default.temporaryDirectory.appending(path: "tiny-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world", "again", "##s", "😀"]
        try Data(words.joined(separator: "\n").utf8).write(to: folder.appending(path: "vocab.txt"))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private var name: String { folder.lastPathComponent }

    private func usage(_ body: String, of backend: ScriptedBackend) async throws -> TokenUsage {
        var usage = TokenUsage.zero
        try await withGateway([entry("a", at: backend.url, "tokenizer: \(folder.path)")]) { gateway in
            _ = try await gateway.post("chat/completions", body)
            let row = try #require(try await gateway.ledger().first)
            #expect(row.attempts.map(\.usage) == [row.request.usage])
            usage = row.request.usage
        }
        return usage
    }

    /// Two messages of three and one tokens, four a message to frame them, and an answer of four.
    @Test func aWholeAnswerWithoutUsageIsCountedByTheModelsTokenizer() async throws {
        let backend = try await ScriptedBackend { exchange, _ in
            try await exchange.json(Chat.whole(content: "Hello worlds\\n again", usage: nil))
        }
        let system = #"{"role":"system","content":"hello hello"}"#
        let user = #"{"role":"user","content":[{"type":"text","text":"w\u006frld"}]}"#
        let usage = try await usage(#"{"model":"a","messages":[\#(system),\#(user)]}"#, of: backend)
        #expect(usage == TokenUsage(input: 3 + 2 * 4, output: 4, source: .tokenizer(name)))
    }

    /// An escaped character whose halves come in two chunks is one, and so is a word.
    @Test func aStreamWithoutUsageIsCountedAsOneText() async throws {
        let backend = try await ScriptedBackend { exchange, _ in
            let pieces = ["hel", "lo wor", "ld ", #"\ud83d"#, #"\ude00"#].map { Chat.chunk(#"{"content":"\#($0)"}"#) }
            try await exchange.stream([Chat.role] + pieces + [Chat.stop, Chat.done])
        }
        let usage = try await usage(
            #"{"model":"a","stream":true,"messages":[{"role":"user","content":"hello"}]}"#,
            of: backend
        )
        #expect(usage == TokenUsage(input: 5, output: 3, source: .tokenizer(name)))
    }

    @Test func whatTheProviderSaysIsBelieved() async throws {
        let backend = try await ScriptedBackend.sound()
        let usage = try await usage(#"{"model":"a","messages":[{"role":"user","content":"hello"}]}"#, of: backend)
        #expect(usage == TokenUsage(input: 100, output: 20))
    }

    /// Text beyond what a loop may spend its time on counts as the text before it does.
    @Test func longTextIsCountedByItsBeginning() throws {
        let counter = try TokenCounter(folder: folder.path)
        let count = { counter.count(.init(texts: [String(repeating: "hello ", count: $0)]), nil).input }
        #expect(count(1000) == 1000)
        #expect((1_000_000...1_000_100).contains(count(1_000_000)))
    }

    @Test func aFolderWithoutTokenizerIsRefusedByName() throws {
        let empty = folder.appending(path: "none")
        #expect {
            try Policy.test([entry("a", at: "http://127.0.0.1:9/v1", "tokenizer: \(empty.path)")])
        } throws: { error in
            "\(error)" == """
                model a: tokenizer \(empty.path): no tokenizer.json, vocab.txt, or vocab.json with merges.txt
                """
        }
    }
}
