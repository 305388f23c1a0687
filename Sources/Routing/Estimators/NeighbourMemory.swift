public import Neural

/// Outcomes of earlier prompts, found by what the encoder makes of a new one.
///
/// A prompt's key is its averaged hidden states of some layers, each brought to unit length, so that the product of two
/// keys is the mean of their cosines. A value: whoever serves keeps one, appends what comes in, and swaps it whole.
public struct NeighbourMemory: Sendable {
    /// A prompt that is like another one.
    public struct Neighbour: Hashable, Sendable {
        /// Its row.
        public let row: Int
        /// How much it is alike, −1 to 1.
        public let similarity: Float
    }

    /// The layers that a key is made of, in their order.
    public let layers: [Int]
    /// How many models a row has scores for, at most.
    public let modelCount: Int
    /// The oldest row makes room for a new one when there are so many.
    public let rowsMax: Int
    /// Rows of unit length.
    public private(set) var keys: Matrix
    /// A row for each key, a column for each model: its score, or not a number where it was not asked.
    public private(set) var scores: Matrix
    private var next = 0

    /// A memory of rows that are known.
    ///
    /// - Precondition: There are as many keys as rows of scores, and not more than `rowsMax`, which is above 0.
    public init(layers: [Int], keys: Matrix, scores: Matrix, rowsMax: Int) {
        precondition(keys.rows == scores.rows && keys.rows <= rowsMax && rowsMax > 0, "a row of scores for each key")
        self.layers = layers
        self.keys = keys
        self.scores = scores
        self.rowsMax = rowsMax
        modelCount = scores.columns
    }

    /// How many prompts are remembered.
    public var count: Int { keys.rows }

    /// The key of averaged hidden states; `nil` if a layer is missing, or has another width or no direction.
    public static func key(of states: [Int: [Float]], layers: [Int]) -> [Float]? {
        var key: [Float] = []
        for layer in layers {
            guard let state = states[layer] else { return nil }
            let length = state.reduce(0) { $0 + $1 * $1 }.squareRoot()
            guard length > 0, length.isFinite else { return nil }
            let scale = 1 / (length * Float(layers.count).squareRoot())
            key += state.map { $0 * scale }
        }
        return key
    }

    /// The `count` rows that are most like `key`, the most alike first; equally alike ones by their age in the memory.
    ///
    /// - Complexity: O(rows · width).
    public func nearest(to key: [Float], count: Int) -> [Neighbour] {
        guard self.count > 0, key.count == keys.columns, count > 0 else { return [] }
        let query = Matrix(rows: 1, columns: key.count, values: key)
        let similarities = Matrix.product(query, keys, transposing: .right).values
        return Self.largest(similarities, count: count)
    }

    /// The places of the largest values, the largest first.
    public static func largest(_ values: [Float], count: Int) -> [Neighbour] {
        // A heap of the best so far would do fewer comparisons; a threshold from a sample drops most rows at once.
        let count = min(count, values.count)
        var candidates = values.indices.map { Neighbour(row: $0, similarity: values[$0]) }
        if values.count > 8 * count {
            let stride = max(values.count / 512, 1)
            let sample = Swift.stride(from: 0, to: values.count, by: stride).map { values[$0] }.sorted(by: >)
            let threshold = sample[min(sample.count - 1, 2 * count * sample.count / values.count + 8)]
            let kept = candidates.filter { $0.similarity >= threshold }
            if kept.count >= count { candidates = kept }
        }
        candidates.sort { ($0.similarity, $1.row) > ($1.similarity, $0.row) }
        return Array(candidates.prefix(count))
    }

    /// Remembers what became of a prompt; the oldest row goes if the memory is full.
    ///
    /// - Parameters:
    ///   - key: From ``key(of:layers:)``.
    ///   - row: For each model its score, 0 to 1; not a number where it was not asked.
    /// - Returns: The row that the prompt has now.
    /// - Precondition: There is a score or its absence for each model, and the key has the width of the others.
    @discardableResult
    public mutating func append(key: [Float], scores row: [Float]) -> Int {
        precondition(row.count == modelCount && (count == 0 || key.count == keys.columns), "a row like the others")
        if count < rowsMax {
            keys = Matrix(rows: count + 1, columns: key.count, values: keys.values + key)
            scores = Matrix(rows: scores.rows + 1, columns: modelCount, values: scores.values + row)
            return count - 1
        }
        defer { next = (next + 1) % rowsMax }
        for (column, value) in key.enumerated() { keys[next, column] = value }
        revise(row: next, scores: row)
        return next
    }

    /// Puts other scores in place of those of a row.
    ///
    /// - Precondition: There is such a row, and a score or its absence for each model.
    public mutating func revise(row: Int, scores values: [Float]) {
        precondition(row < count && values.count == modelCount, "a row like the others")
        for (column, value) in values.enumerated() { scores[row, column] = value }
    }
}
