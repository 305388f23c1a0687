internal import Neural

/// Mean and variance of all that was seen so far, number by number.
///
/// Batches are joined by the formula of Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing
/// sample variances", 1979.
struct RunningMoments: Hashable, Sendable {
    private(set) var count = 0.0
    private(set) var means: [Double]
    private(set) var variances: [Double]

    /// Nothing seen: a mean of 0 and a variance of 1.
    init(width: Int) {
        means = Array(repeating: 0, count: width)
        variances = Array(repeating: 1, count: width)
    }

    /// What was saved.
    init(count: Double, means: [Double], variances: [Double]) {
        (self.count, self.means, self.variances) = (count, means, variances)
    }

    /// What makes numbers of variance 1 of those seen.
    var scales: [Double] { variances.map { 1 / ($0 + 1e-8).squareRoot() } }

    /// Rows of as many numbers as there are means, each less its mean and divided by its deviation.
    func standardized(_ rows: [Float]) -> [Float] {
        let (means, scales) = (means.map { Float($0) }, scales.map { Float($0) })
        var values = rows
        for place in values.indices {
            values[place] = (values[place] - means[place % means.count]) * scales[place % means.count]
        }
        return values
    }

    /// Layers for rows that were not standardized: that is done by the first of them.
    ///
    ///     W·((x − m)/s) + b = (W/s)·x + (b − (W/s)·m)
    func folded(into layers: [(weight: Matrix, bias: [Float])]) -> [(weight: Matrix, bias: [Float])] {
        var folded = layers
        let (means, scales) = (means.map { Float($0) }, scales.map { Float($0) })
        for row in 0..<folded[0].weight.rows {
            for column in means.indices {
                folded[0].weight[row, column] *= scales[column]
                folded[0].bias[row] -= folded[0].weight[row, column] * means[column]
            }
        }
        return folded
    }

    /// Takes in rows of as many numbers as there are means.
    mutating func add(rows values: [Float]) {
        let width = means.count
        let rows = Double(values.count / width)
        guard rows > 0 else { return }
        for column in 0..<width {
            var (sum, squares) = (0.0, 0.0)
            for place in stride(from: column, to: values.count, by: width) { sum += Double(values[place]) }
            let mean = sum / rows
            for place in stride(from: column, to: values.count, by: width) {
                squares += (Double(values[place]) - mean) * (Double(values[place]) - mean)
            }
            let (total, apart) = (count + rows, mean - means[column])
            let before = variances[column] * count
            variances[column] = (before + squares + apart * apart * count * rows / total) / total
            means[column] += apart * rows / total
        }
        count += rows
    }
}
