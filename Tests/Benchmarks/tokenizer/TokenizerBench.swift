import Glibc
import TextEncoding

/// Measures how fast a tokenizer loads and how many megabytes of text it takes a second, on one thread.
///
///     swift run -c release TokenizerBench tokenizer.json FILE ...
///
/// Each FILE is encoded as one text, and line by line as a gateway's prompts come, over and over for about a second each.
/// CPU time, the best of the runs.
@main
enum TokenizerBench {
    static func main() throws {
        guard CommandLine.arguments.count > 2 else { return print("usage: TokenizerBench tokenizer.json FILE ...") }
        let json = bytes(of: CommandLine.arguments[1])
        var tokenizer = try Tokenizer(json: json)
        let load = seconds { if let again = try? Tokenizer(json: json) { tokenizer = again } }
        print("loads \(tokenizer.vocabularyCount) tokens in \(Int(load * 1e3)) ms")
        for path in CommandLine.arguments.dropFirst(2) {
            let text = String(decoding: bytes(of: path), as: UTF8.self)
            report("\(path), as one", [text], tokenizer)
            report("\(path), by lines", text.split(separator: "\n").map(String.init), tokenizer)
        }
    }

    private static func report(_ name: String, _ texts: [String], _ tokenizer: Tokenizer) {
        var tokens = 0
        var best = Double.infinity
        var total = 0.0
        while total < 1 {
            let run = seconds { tokens = texts.reduce(0) { $0 + tokenizer.encode($1).ids.count } }
            best = min(best, run)
            total += run
        }
        let bytes = texts.reduce(0) { $0 + $1.utf8.count }
        let rate = Int(Double(bytes) / best / 1e6)
        let each = Int(best / Double(max(1, texts.count)) * 1e9)
        print("\(name): \(texts.count) texts, \(bytes) bytes, \(tokens) tokens: \(rate) MB/s, \(each) ns each")
    }

    private static func seconds(_ work: () -> Void) -> Double {
        let before = clock()
        work()
        return Double(clock() - before) / Double(CLOCKS_PER_SEC)
    }

    private static func bytes(of path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return bytes
    }
}
