import ArgumentParser
import Foundation
import Learning
import TextEncoding

/// Which encoder reads the prompts.
struct EncoderOptions: ParsableArguments {
    @Option(help: "The encoder's folder, as Hugging Face writes it; none for the text's features alone.")
    var encoder: String?
    @Option(help: "A file that keeps what the encoder says, so that a prompt is encoded once.")
    var vectors: String?

    /// A reader of prompts by these options.
    func promptEncoder() throws -> PromptEncoder {
        try PromptEncoder(folder: encoder, cachePath: vectors)
    }
}

/// A line on standard error that says how far a command is; it is only written where somebody sees it change.
struct ProgressLine {
    private let isShown = isatty(STDERR_FILENO) == 1
    private let what: String

    init(_ what: String) { self.what = what }

    func show(_ done: Int, of total: Int) {
        let isLast = done == total
        guard isShown || isLast || done.isMultiple(of: max(total / 10, 1)) else { return }
        let line = "\(isShown ? "\r" : "")\(what): \(done) of \(total)\(isShown && !isLast ? "" : "\n")"
        FileHandle.standardError.write(Data(line.utf8))
    }
}

extension Encoder {
    /// The encoder in `folder`, which what is wrong with it is told with.
    static func reading(_ folder: String, options: Options) throws(DataError) -> Encoder {
        do {
            return try Encoder(folder: folder, options: options)
        } catch {
            throw .unreadable(path: folder, reason: error.message)
        }
    }
}
