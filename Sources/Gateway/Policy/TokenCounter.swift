internal import Accounting
internal import Configuration
internal import Domain
internal import TextEncoding
internal import Wire

/// Counts tokens with a model's own tokenizer, where its provider did not tell how many there were.
struct TokenCounter: Sendable {
    /// Templates of chat models frame each message with its role and an end: three tokens (OpenAI) to five (Llama, ChatML).
    private static let tokensPerMessage = 4
    /// More text than this is counted by its beginning, as it would keep a loop for more than some milliseconds.
    private static let bytesMax = 128 * 1024
    private static let fileBytesMax = 64 << 20
    /// What is kept of an answer: more than any model writes, and little beside the bodies that a gateway holds.
    static let answerBytesMax = 4 << 20

    /// The folder's name, which rows of the ledger give.
    let name: String
    private let tokenizer: Tokenizer

    /// A counter with the tokenizer in `folder`; it reads files, so no loop may call it.
    ///
    /// - Throws: ``TokenizerError``, or ``DataFile/Unreadable``.
    init(folder: String) throws {
        tokenizer = try Tokenizer { name in
            let path = folder + "/" + name
            return DataFile.exists(at: path) ? try DataFile.bytes(at: path, bytesMax: Self.fileBytesMax) : nil
        }
        name = String(folder.split(separator: "/").last ?? "tokenizer")
    }

    /// The tokens of a prompt and of the answer to it; of an answer that was not kept whole, none are counted.
    func count(_ prompt: PromptContents, _ answer: Transcript?) -> MeteredAnswer.Counted {
        MeteredAnswer.Counted(
            tokenizer: name,
            input: tokens(in: prompt.texts) + prompt.tokenCount + prompt.messageCount * Self.tokensPerMessage,
            output: answer.flatMap { $0.isWhole ? tokens(in: $0.strings) : nil }
        )
    }

    private func tokens(in texts: [String]) -> Int {
        var (tokens, counted, left) = (0, 0, 0)
        for text in texts {
            let room = Self.bytesMax - counted
            let beginning = text.utf8.count <= room ? text : String(decoding: text.utf8.prefix(room), as: UTF8.self)
            tokens += beginning.isEmpty ? 0 : tokenizer.tokenCount(of: beginning)
            counted += min(text.utf8.count, room)
            left += max(text.utf8.count - room, 0)
        }
        guard left > 0 else { return tokens }
        return tokens + Int((Double(left) * Double(tokens) / Double(max(counted, 1))).rounded(.up))
    }
}

extension Policy {
    /// The tokenizers that `models` name, by their folders; those that `old` has read are not read again.
    ///
    /// - Throws: ``GatewayStartError/tokenizer(model:folder:reason:)``.
    static func counters(
        of models: [Model],
        _ old: [String: TokenCounter]
    ) throws(GatewayStartError) -> [String: TokenCounter] {
        var counters: [String: TokenCounter] = [:]
        for model in models {
            guard let folder = model.tokenizer, counters[folder] == nil else { continue }
            do {
                counters[folder] = try old[folder] ?? TokenCounter(folder: folder)
            } catch {
                let reason = (error as? TokenizerError)?.message ?? "\(error)"
                throw .tokenizer(model: model.id, folder: folder, reason: reason)
            }
        }
        return counters
    }
}
