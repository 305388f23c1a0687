internal import Neural

/// The weights of a model's file, under the names of its family.
struct WeightReader {
    private let file: SafetensorsFile
    /// What comes before the encoder's own names: nothing, or the family's name where there is a head.
    private let prefix: String
    let precision: Precision

    /// Opens the weights of a model's folder; `marker` is the name of a tensor that every such encoder has.
    init(folder: String, prefixes: [String], marker: String, precision: Precision) throws(EncoderError) {
        do {
            file = try SafetensorsFile(folder: folder)
        } catch {
            if case .inaccessible = error { throw .unreadable(error) }
            throw .weights(error)
        }
        let names = file.tensors
        guard let prefix = ([""] + prefixes).first(where: { names[$0 + marker] != nil }) else {
            throw .weights(.missing(tensor: marker))
        }
        self.prefix = prefix
        self.precision = precision
    }

    /// Whether there is a tensor of a head's name.
    func hasHead(_ name: String) -> Bool { file.tensors[name] != nil }

    /// A table of the encoder's.
    func table(_ name: String, rows: Int, columns: Int) throws(EncoderError) -> Matrix {
        try headTable(prefix + name, rows: rows, columns: columns)
    }

    /// A table whose name has no prefix, as those of heads.
    func headTable(_ name: String, rows: Int, columns: Int) throws(EncoderError) -> Matrix {
        do { return try file.matrix(name, rows: rows, columns: columns) } catch { throw .weights(error) }
    }

    /// A row of numbers whose name has no prefix.
    func headRow(_ name: String, count: Int) throws(EncoderError) -> [Float] {
        do { return try file.floats(name, shape: [count]) } catch { throw .weights(error) }
    }

    private func row(_ name: String, count: Int) throws(EncoderError) -> [Float] {
        try headRow(prefix + name, count: count)
    }

    /// A layer `name.weight`, `name.bias`; of its outputs those in `part`, all by default.
    func linear(
        _ name: String,
        inputs: Int,
        outputs: Int,
        hasBias: Bool = true,
        part: Range<Int>? = nil
    ) throws(EncoderError) -> PackedLinear {
        let weights = try table("\(name).weight", rows: outputs, columns: inputs)
        let bias = hasBias ? try row("\(name).bias", count: outputs) : nil
        guard let part else { return try packed(weights, bias: bias) }
        let values = Array(weights.values[part.lowerBound * inputs..<part.upperBound * inputs])
        return try packed(
            Matrix(rows: part.count, columns: inputs, values: values),
            bias: bias.map { Array($0[part]) }
        )
    }

    /// Queries, keys and values as one layer; the queries are scaled by 1/√d, d the size of a head.
    ///
    /// `names` has one layer that gives all three, or a layer for each.
    func projections(
        _ names: [String],
        hidden: Int,
        headSize: Int,
        hasBias: Bool = true
    ) throws(EncoderError) -> PackedLinear {
        var values: [Float] = []
        var biases: [Float] = []
        for name in names {
            let outputs = 3 * hidden / names.count
            values += try table("\(name).weight", rows: outputs, columns: hidden).values
            if hasBias { biases += try row("\(name).bias", count: outputs) }
        }
        let scale = 1 / Float(headSize).squareRoot()
        for index in 0..<hidden * hidden { values[index] *= scale }
        if hasBias { for index in 0..<hidden { biases[index] *= scale } }
        return try packed(
            Matrix(rows: 3 * hidden, columns: hidden, values: values),
            bias: hasBias ? biases : nil
        )
    }

    private func packed(_ weights: Matrix, bias: [Float]?) throws(EncoderError) -> PackedLinear {
        do { return try PackedLinear(weights, bias: bias, precision: precision) } catch { throw .kernel(error) }
    }

    /// A normalization `name.weight`, `name.bias`; old files call them gamma and beta.
    func norm(_ name: String, count: Int, epsilon: Float, hasBias: Bool = true) throws(EncoderError) -> PackedLayerNorm
    {
        let isOld = file.tensors["\(prefix)\(name).gamma"] != nil
        let gain = try row("\(name).\(isOld ? "gamma" : "weight")", count: count)
        let bias = hasBias ? try row("\(name).\(isOld ? "beta" : "bias")", count: count) : nil
        do { return try PackedLayerNorm(gain: gain, bias: bias, epsilon: epsilon) } catch { throw .kernel(error) }
    }
}
