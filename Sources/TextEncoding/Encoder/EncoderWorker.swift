internal import Neural

/// The programs of one thread; they share its memory.
// In use by one thread at a time: whoever uses it has taken it out of the list.
final class EncoderWorker: @unchecked Sendable {
    private let workspace = Workspace()
    private var programs: [Kind: EncoderProgram] = [:]

    private struct Kind: Hashable {
        let rows: Int
        let prunes: Bool
    }

    /// The program for texts of so many tokens, made at its first use.
    func program(
        _ weights: EncoderWeights,
        _ configuration: EncoderConfiguration,
        tokens: Int,
        precision: Precision,
        prunes: Bool
    ) throws(KernelError) -> EncoderProgram {
        let kind = Kind(rows: Program.rows(for: tokens), prunes: prunes)
        if let made = programs[kind] { return made }
        let made = try EncoderProgram(
            weights,
            configuration,
            tokens: kind.rows,
            precision: precision,
            prunes: prunes,
            in: workspace
        )
        programs[kind] = made
        return made
    }
}

extension EncoderWeights {
    /// What the tables have for each token, by its number, its place and its segment.
    func lookups(of encoding: Encoding, firstPosition: Int) -> [(table: Matrix, rows: [Int])] {
        var lookups = [(table: words, rows: encoding.ids.map(Int.init))]
        if let places { lookups.append((places, Array(firstPosition..<firstPosition + encoding.ids.count))) }
        if let types { lookups.append((types, encoding.typeIDs.map(Int.init))) }
        return lookups
    }
}
