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
    /// The same in bytes, all of which are read for each prompt: floats would take a millisecond to come from memory.
    private var searched: QuantizedMatrix
    private var next = 0

    /// A memory of rows that are known.
    ///
    /// - Precondition: There are as many keys as rows of scores, and not more than `rowsMax`, which is above 0.
    public init(layers: [Int], keys: Matrix, scores: Matrix, rowsMax: Int) {
        precondition(keys.rows == scores.rows && keys.rows <= rowsMax && rowsMax > 0, "a row of scores for each key")
        self.layers = layers
        self.keys = keys
        searched = QuantizedMatrix(keys)
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
        return Self.largest(searched.products(with: key), count: count)
    }

    /// The places of the largest values, the largest first; of equal ones the first place.
    ///
    /// - Complexity: O(n + k·log k) for k of n similarities of −1 to 1 that are not nearly all the same.
    public static func largest(_ values: [Float], count: Int) -> [Neighbour] {
        let count = min(count, values.count)
        guard count > 0 else { return [] }
        // Values are counted by ranges: those below the range that holds the last one wanted are not looked at again.
        var counts = [Int](repeating: 0, count: rangeCount)
        for value in values { counts[range(of: value)] += 1 }
        var (lowest, above) = (rangeCount - 1, counts[rangeCount - 1])
        while above < count {
            lowest -= 1
            above += counts[lowest]
        }
        var candidates: [Neighbour] = []
        candidates.reserveCapacity(above)
        for (row, value) in values.enumerated() where range(of: value) >= lowest {
            candidates.append(Neighbour(row: row, similarity: value))
        }
        candidates.sort { ($0.similarity, $1.row) > ($1.similarity, $0.row) }
        return Array(candidates.prefix(count))
    }

    private static let rangeCount = 1024

    /// Which of equal ranges from −1 to 1 a similarity is in; what is beyond them, or no number, is in one at the end.
    private static func range(of value: Float) -> Int {
        guard value > -1 else { return 0 }
        return min(Int(min(value + 1, 2) * Float(rangeCount / 2)), rangeCount - 1)
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
            searched.append(row: key)
            scores = Matrix(rows: scores.rows + 1, columns: modelCount, values: scores.values + row)
            return count - 1
        }
        defer { next = (next + 1) % rowsMax }
        put(key: key, scores: row, at: next)
        return next
    }

    /// Puts a prompt and what became of it in the place of a row, or after the last one.
    ///
    /// - Precondition: There is such a row or room for one more, and the key and the row are like the others.
    mutating func put(key: [Float], scores values: [Float], at row: Int) {
        guard row < count else {
            precondition(row == count && count < rowsMax, "there is room for a row")
            append(key: key, scores: values)
            return
        }
        precondition(values.count == modelCount && key.count == keys.columns, "a row like the others")
        for (column, value) in key.enumerated() { keys[row, column] = value }
        searched.replace(row: row, with: key)
        for (column, value) in values.enumerated() { scores[row, column] = value }
    }
}
