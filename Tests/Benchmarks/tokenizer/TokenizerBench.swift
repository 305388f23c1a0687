import Glibc
import TextEncoding

/// Measures how fast a tokenizer loads and how many megabytes of text it takes a second, on one thread.
///
///     swift run -c release TokenizerBench tokenizer.json FILE ...
///
/// Each FILE is encoded as one text, over and over for about a second. CPU time, the best of the runs.
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
            var tokens = 0
            var best = Double.infinity
            var total = 0.0
            while total < 1 {
                let run = seconds { tokens = tokenizer.encode(text).ids.count }
                best = min(best, run)
                total += run
            }
            let rate = Double(text.utf8.count) / best / 1e6
            print("\(path): \(text.utf8.count) bytes, \(tokens) tokens, \(Int(rate)) MB/s")
        }
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
