public import Neural

extension StackWeights {
    /// What its files' headers say that they are.
    static let format = "switchyard-stack-2"
    /// The same of files of trainings that did not look at how code is built: those features have no weight.
    private static let formatWithoutCode = "switchyard-stack-1"
    /// The features of each tier's heads, but code's: what lies outside is zero, and isn't stored.
    private static let ranges = [
        0..<FeatureVector.textCount, 0..<FeatureVector.textCount + FeatureVector.layerWidth,
        0..<FeatureVector.layersEnd,
    ]

    /// Whether a file says that it is a stack's.
    static func isFormat(_ name: String?) -> Bool { name == format || name == formatWithoutCode }

    /// Reads a stack's file.
    ///
    /// - Throws: ``FileError`` for a file that isn't a stack's, or whose tensors don't fit one another.
    public init(_ file: SafetensorsFile) throws(FileError) {
        guard Self.isFormat(file.metadata["format"]) else { throw .malformed(reason: "it is not a stack's weights") }
        let names = Self.list(file.metadata["models"])
        let tasks = Self.list(file.metadata["tasks"])
        let count = names.count
        guard count > 0, let rowsMax = file.metadata["memory_rows_max"].flatMap(Int.init), 1...10_000_000 ~= rowsMax
        else { throw .malformed(reason: "it names no models, or no size of its memory") }
        let levels = try file.floats("levels", shape: [count])
        let slopes = try file.floats("slopes", shape: [count])
        let tiers = FeatureVector.Tier.allCases
        let lines = try file.matrix("calibration", rows: count, columns: 2 * tiers.count)
        let common = try file.floats("tasks.common", shape: [tasks.count])
        let deviations = try file.matrix("tasks.deviation", rows: tasks.count, columns: count)
        let keys = try file.matrix("memory.keys", columns: FeatureVector.layers.count * FeatureVector.layerWidth)
        guard keys.rows <= rowsMax else { throw .malformed(reason: "its memory holds more than it may") }
        let domain = try file.floats("domain", shape: [2])
        var heads: [Heads] = []
        var mixtures: [Mixture] = []
        for (tier, range) in Self.ranges.enumerated() {
            heads.append(try Self.heads(file, "heads.\(tier)", rows: count + 1, range))
            mixtures.append(Mixture(try file.floats("mixture.\(tier)", shape: [Mixture.count])))
        }
        self.init(
            models: names.indices.map { model in
                Model(
                    name: names[model],
                    level: levels[model],
                    slope: slopes[model],
                    calibration: tiers.indices.map { SIMD2(lines[model, 2 * $0], lines[model, 2 * $0 + 1]) }
                )
            },
            tasks: tasks.indices.map {
                Task(name: tasks[$0], common: common[$0], deviations: Array(deviations[row: $0]))
            },
            standardisation: Standardisation(
                means: try Self.features(file, "features.mean"),
                scales: try Self.features(file, "features.scale")
            ),
            heads: heads,
            mixtures: mixtures,
            taskHeads: try Self.heads(file, "heads.tasks", rows: tasks.count, 0..<FeatureVector.layersEnd),
            memory: NeighbourMemory(
                layers: FeatureVector.layers,
                keys: keys,
                scores: try file.matrix("memory.scores", rows: keys.rows, columns: count),
                rowsMax: rowsMax
            ),
            domain: SIMD2(domain[0], domain[1]),
            text: try Self.text(file),
            lengths: try Self.lengths(file, models: count)
        )
    }

    /// Which texts are at home; `nil` for files of trainings that did not look.
    private static func text(_ file: SafetensorsFile) throws(FileError) -> TextDomain? {
        guard file.tensors["domain.text"] != nil else { return nil }
        let centres = try file.matrix("domain.text", columns: SurfaceFeatures.count)
        guard 1...1024 ~= centres.rows else { throw .malformed(reason: "its texts are of no kind, or of too many") }
        let limits = try file.floats("domain.limits", shape: [4])
        let known = try file.floats("domain.familiarity", shape: [3])
        return TextDomain(
            centres: centres,
            scales: try file.floats("domain.scales", shape: [SurfaceFeatures.count]),
            shapeLimits: SIMD2(limits[0], limits[1]),
            frequencies: try file.floats("domain.words", shape: [HashedWords.bucketCount]),
            familiarity: .init(mean: known[0], variance: known[1], wordVariance: known[2]),
            wordLimits: SIMD2(limits[2], limits[3])
        )
    }

    /// What the file knows of lengths; `nil` for files of trainings that saw none.
    private static func lengths(_ file: SafetensorsFile, models count: Int) throws(FileError) -> Lengths? {
        guard file.tensors["lengths.usual"] != nil else { return nil }
        let usual = try file.floats("lengths.usual", shape: [count])
        var heads: [Heads] = []
        for (tier, range) in Self.ranges.enumerated() {
            heads.append(try Self.heads(file, "lengths.\(tier)", rows: 1, range))
        }
        return Lengths(heads: heads, usual: usual)
    }

    private static func hasCode(_ file: SafetensorsFile) -> Bool { file.metadata["format"] == format }

    /// A number for each feature; 0 for those that training did not look at.
    private static func features(_ file: SafetensorsFile, _ name: String) throws(FileError) -> [Float] {
        guard !hasCode(file) else { return try file.floats(name, shape: [FeatureVector.count]) }
        return try file.floats(name, shape: [FeatureVector.layersEnd])
            + Array(repeating: 0, count: FeatureVector.code.count)
    }

    private static func heads(
        _ file: SafetensorsFile,
        _ name: String,
        rows: Int,
        _ range: Range<Int>
    ) throws(FileError) -> Heads {
        let stored = try file.matrix("\(name).weight", rows: rows, columns: range.count)
        var weights = Matrix(rows: rows, columns: FeatureVector.count)
        for row in 0..<rows {
            for (column, value) in zip(range, stored[row: row]) { weights[row, column] = value }
        }
        if hasCode(file) {
            let code = try file.matrix("\(name).code", rows: rows, columns: FeatureVector.code.count)
            for row in 0..<rows {
                for (column, value) in zip(FeatureVector.code, code[row: row]) { weights[row, column] = value }
            }
        }
        return Heads(weights: weights, biases: try file.floats("\(name).bias", shape: [rows]))
    }

    private static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: "\n").map(String.init)
    }
}

extension StackWeights {
    /// Writes the file that ``init(_:)`` reads; large tensors as 16-bit floats, which estimates don't notice.
    ///
    /// - Parameters:
    ///   - path: Where it is to be.
    ///   - notes: What else its header should say.
    /// - Throws: ``FileError/inaccessible(path:code:)``.
    public func write(to path: String, notes: [String: String] = [:]) throws(FileError) {
        let lines = models.flatMap { $0.calibration.flatMap { [$0.x, $0.y] } }
        var tensors: [String: Safetensors.Tensor] = [
            "levels": .init(models.map(\.level)), "slopes": .init(models.map(\.slope)),
            "calibration": .init(shape: [models.count, 2 * FeatureVector.Tier.allCases.count], values: lines),
            "tasks.common": .init(tasks.map(\.common)),
            "tasks.deviation": .init(shape: [tasks.count, models.count], values: tasks.flatMap(\.deviations)),
            "features.mean": .init(standardisation.means), "features.scale": .init(standardisation.scales),
            "memory.keys": .init(memory.keys, isHalf: true), "memory.scores": .init(memory.scores, isHalf: true),
            "domain": .init([domain.x, domain.y]),
        ]
        Self.store(taskHeads, "heads.tasks", 0..<FeatureVector.layersEnd, in: &tensors)
        for (tier, range) in Self.ranges.enumerated() {
            Self.store(heads[tier], "heads.\(tier)", range, in: &tensors)
            tensors["mixture.\(tier)"] = .init(mixtures[tier].values)
            if let lengths { Self.store(lengths.heads[tier], "lengths.\(tier)", range, in: &tensors) }
        }
        if let lengths { tensors["lengths.usual"] = .init(lengths.usual) }
        if let text { Self.store(text, in: &tensors) }
        var metadata = notes
        metadata["format"] = Self.format
        metadata["models"] = models.map(\.name).joined(separator: "\n")
        metadata["tasks"] = tasks.map(\.name).joined(separator: "\n")
        metadata["memory_rows_max"] = "\(memory.rowsMax)"
        try Safetensors.write(tensors, metadata: metadata, to: path)
    }

    private static func store(_ text: TextDomain, in tensors: inout [String: Safetensors.Tensor]) {
        let (shapes, words, known) = (text.shapeLimits, text.wordLimits, text.familiarity)
        tensors["domain.text"] = .init(text.centres)
        tensors["domain.scales"] = .init(text.scales)
        tensors["domain.words"] = .init(text.frequencies)
        tensors["domain.familiarity"] = .init([known.mean, known.variance, known.wordVariance])
        tensors["domain.limits"] = .init([shapes.x, shapes.y, words.x, words.y])
    }

    private static func store(
        _ heads: Heads,
        _ name: String,
        _ range: Range<Int>,
        in tensors: inout [String: Safetensors.Tensor]
    ) {
        func stored(_ range: Range<Int>) -> Safetensors.Tensor {
            let rows = (0..<heads.weights.rows).flatMap { row in
                heads.weights[row: row].dropFirst(range.lowerBound).prefix(range.count)
            }
            return .init(shape: [heads.weights.rows, range.count], values: Array(rows), isHalf: true)
        }
        tensors["\(name).weight"] = stored(range)
        tensors["\(name).code"] = stored(FeatureVector.code)
        tensors["\(name).bias"] = .init(heads.biases)
    }
}

extension StackWeights.Mixture {
    fileprivate static let count = 2 * StackWeights.neighbourCounts.count + 3

    /// The shares in the order of their storage.
    fileprivate var values: [Float] {
        neighboursCommon + neighboursDeviation + [tableCommon, tableDeviation, slope]
    }

    /// - Precondition: There are ``count`` values.
    fileprivate init(_ values: [Float]) {
        let sizes = StackWeights.neighbourCounts.count
        self.init(
            neighboursCommon: Array(values[..<sizes]),
            neighboursDeviation: Array(values[sizes..<2 * sizes]),
            tableCommon: values[2 * sizes],
            tableDeviation: values[2 * sizes + 1],
            slope: values[2 * sizes + 2]
        )
    }
}
