import Learning
import Neural
import TextEncoding

/// Reads prompts by an encoder; where a file keeps what it says, each of them once, however many trainings there are.
struct PromptReader {
    private let encoder: Encoder
    private let layers: [Int]
    private var cache: VectorCache?

    /// - Parameters:
    ///   - encoder: Who reads.
    ///   - layers: What is asked of it.
    ///   - cachePath: The file; `nil` for none.
    /// - Throws: ``DataError/unreadable(path:reason:)`` for a file that is not of this encoder and these layers.
    init(_ encoder: Encoder, layers: [Int], cachePath: String? = nil) throws(DataError) {
        self.encoder = encoder
        self.layers = layers
        if let cachePath { cache = try VectorCache(path: cachePath, layers: layers, of: encoder) }
    }

    /// A row for each prompt, its layers one behind the other.
    mutating func features(of prompts: [String]) throws -> Matrix {
        var bar = ProgressBar("reading prompts", unit: "prompts")
        var values: [Float] = []
        var isChanged = false
        for (index, prompt) in prompts.enumerated() {
            if let states = cache?.states(of: prompt) {
                values += layers.flatMap { states[$0] ?? [] }
            } else {
                let read = try encoder.encode(prompt, layers: layers)
                cache?.keep(Dictionary(zip(layers, read)) { $1 }, of: prompt)
                values += read.joined()
                isChanged = true
            }
            bar.show(Double(index + 1) / Double(prompts.count), count: index + 1)
        }
        bar.end()
        if isChanged { try cache?.save() }
        return Matrix(rows: prompts.count, columns: layers.count * encoder.vectorSize, values: values)
    }
}
