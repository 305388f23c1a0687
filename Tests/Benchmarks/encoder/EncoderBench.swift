import Glibc
import Neural
import TextEncoding

/// Encodes texts as it is told, line by line, and says how long each took; bench.py beside it tells it.
///
///     swift run -c release EncoderBench FOLDER
///
/// A line is `PRECISION LAYERS TOKENS COUNT`: encode a text of so many tokens COUNT times, up to the layer LAYERS. The
/// answer is the least and the median of the times in microseconds, from the text to the layer's mean, or `unsupported` where
/// the processor does not compute in that precision.
@main
enum EncoderBench {
    static func main() throws {
        guard CommandLine.arguments.count == 2 else { return print("usage: EncoderBench FOLDER") }
        var encoders: [Precision: Encoder] = [:]
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 4, let precision = Precision(rawValue: String(words[0])), let layers = Int(words[1]),
                let tokens = Int(words[2]), let count = Int(words[3]), count > 0
            else { return print("not PRECISION LAYERS TOKENS COUNT") }
            // Who asked waits for the answer.
            defer { fflush(nil) }
            guard precision.isSupported else {
                print("unsupported")
                continue
            }
            let encoder =
                try encoders[precision]
                ?? Encoder(folder: CommandLine.arguments[1], options: .init(precision: precision))
            encoders[precision] = encoder
            // Two of the tokens frame the text.
            let text = String(repeating: "the ", count: tokens - 2)
            let times = try (0..<count).map { _ in
                let time = try ContinuousClock().measure { _ = try encoder.encode(text, layers: [layers]) }
                return Double(time.components.attoseconds) / 1e12
            }.sorted()
            print(times[0], times[count / 2])
        }
    }
}
