internal import Neural

/// The programs of one thread; they share its memory.
// In use by one thread at a time: whoever uses it has taken it out of the list.
final class EncoderWorker: @unchecked Sendable {
    private let workspace = Workspace()
    private var programs: [Int: EncoderProgram] = [:]

    /// The program for texts of so many tokens, made at its first use.
    func program(
        _ weights: EncoderWeights,
        _ configuration: EncoderConfiguration,
        tokens: Int,
        precision: Precision
    ) throws(KernelError) -> EncoderProgram {
        let rows = Program.rows(for: tokens)
        if let made = programs[rows] { return made }
        let made = try EncoderProgram(weights, configuration, tokens: rows, precision: precision, in: workspace)
        programs[rows] = made
        return made
    }
}

extension EncoderWeights {
    /// Sums what the tables have for each token.
    func fill(_ rows: inout MutableSpan<Float>, with encoding: Encoding, firstPosition: Int) {
        let columns = words.columns
        for (index, (id, type)) in zip(encoding.ids, encoding.typeIDs).enumerated() {
            let word = Int(id) * columns
            let place = (index + firstPosition) * columns
            let segment = Int(type) * columns
            for column in 0..<columns {
                var value = words.values[word + column]
                if let places { value += places.values[place + column] }
                if let types { value += types.values[segment + column] }
                rows[index * columns + column] = value
            }
        }
    }
}
