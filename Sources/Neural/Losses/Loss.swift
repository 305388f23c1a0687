/// What a network is charged for a batch, and how that changes with what it said.
public struct Loss: Hashable, Sendable {
    /// The mean over the batch.
    public let value: Float
    /// The value's derivative with respect to what the loss was computed from, in its shape.
    public let gradient: Matrix
}

extension Loss {
    /// Cross-entropy of softmax(logits) with a distribution over the classes for each row, averaged over the rows.
    ///
    ///     L = −1/B · Σ_b Σ_k t[b, k] · ln softmax(z[b])[k],  dz = (softmax(z) · Σ t − t) / B
    ///
    /// Logits are unnormalized logarithms of probabilities. A row of targets adds up to 1, or to 0 if it doesn't count.
    public static func crossEntropy(_ logits: Matrix, targets: Matrix) -> Loss {
        var gradient = logits
        gradient.softenRows()
        var total: Double = 0
        let scale = 1 / Float(max(1, logits.rows))
        gradient.combineRows(targets) { _, row, target in
            let mass = target.reduce(0, +)
            for column in row.indices {
                if target[column] != 0 { total -= Double(target[column] * row[column].flooredLogarithm) }
                row[column] = scale * (row[column] * mass - target[column])
            }
        }
        return Loss(value: scale * Float(total), gradient: gradient)
    }

    /// Cross-entropy with one class for each row.
    public static func crossEntropy(_ logits: Matrix, labels: [Int]) -> Loss {
        crossEntropy(logits, targets: .oneHot(labels, classes: logits.columns))
    }

    /// Cross-entropy with 1 − ε on the class of each row, and ε/(K − 1) on each of the others.
    ///
    /// Szegedy et al., "Rethinking the Inception architecture for computer vision", 2016, put ε/K on every class, the
    /// right one too; this is the form of the router's report. `smoothing` is ε.
    public static func labelSmoothing(_ logits: Matrix, labels: [Int], smoothing: Float = 0.1) -> Loss {
        let classes = logits.columns
        guard classes > 1 else { return crossEntropy(logits, labels: labels) }
        var targets = Matrix.oneHot(labels, classes: classes)
        targets.mapValues { $0 == 1 ? 1 - smoothing : smoothing / Float(classes - 1) }
        return crossEntropy(logits, targets: targets)
    }

    /// Cross-entropy that counts less the surer the network already is of the class.
    ///
    ///     L = −1/B · Σ_b α · (1 − p)^γ · ln p,  p = softmax(z[b])[label]
    ///
    /// Lin et al., "Focal loss for dense object detection", 2017, eq. 5.
    public static func focal(_ logits: Matrix, labels: [Int], focus gamma: Float = 2, weight alpha: Float = 1) -> Loss {
        precondition(labels.count == logits.rows, "a label for each row")
        var gradient = logits
        gradient.softenRows()
        let scale = alpha / Float(max(1, logits.rows))
        var row = 0
        let values = gradient.mapRows { probabilities in
            let label = labels[row]
            row += 1
            let p = probabilities[label]
            let miss = max(0, 1 - p)
            let logarithm = p.flooredLogarithm
            // dL/dp · p, which the derivative of the softmax, p·(δ − p_k), then spreads over the classes. In this order
            // nothing is divided by p or by 1 − p, either of which may be 0.
            let slope = (gamma == 0 ? 0 : gamma * miss.power(gamma - 1) * p * logarithm) - miss.power(gamma)
            for column in probabilities.indices {
                probabilities[column] = scale * slope * ((column == label ? 1 : 0) - probabilities[column])
            }
            return -miss.power(gamma) * logarithm
        }
        return Loss(value: scale * values.reduce(0, +), gradient: gradient)
    }
}

extension Loss {
    /// Cross-entropy of sigmoid(logits) with a target of 0 to 1 for each value, averaged over those that are known.
    ///
    ///     L = 1/N · Σ (max(z, 0) − z·t + ln(1 + e^−|z|)),  dz = (sigmoid(z) − t) / N
    ///
    /// A target is NaN where nothing is known, such as of a model that wasn't asked.
    public static func binaryCrossEntropy(_ logits: Matrix, targets: Matrix) -> Loss {
        pointwise(logits, targets) { logit, target in
            let value = max(logit, 0) - logit * target + (1 + (-abs(logit)).exponential).logarithm
            return (value, logit.sigmoid - target)
        }
    }

    /// The mean of squared differences, over the targets that aren't NaN.
    public static func meanSquaredError(_ predictions: Matrix, targets: Matrix) -> Loss {
        pointwise(predictions, targets) { (($0 - $1) * ($0 - $1), 2 * ($0 - $1)) }
    }

    private static func pointwise(
        _ predictions: Matrix,
        _ targets: Matrix,
        _ term: (Float, Float) -> (value: Float, slope: Float)
    ) -> Loss {
        let known = max(1, targets.values.count { !$0.isNaN })
        let scale = 1 / Float(known)
        var total: Double = 0
        var gradient = predictions
        gradient.combine(targets) { prediction, target in
            guard !target.isNaN else { return 0 }
            let (value, slope) = term(prediction, target)
            total += Double(value)
            return scale * slope
        }
        return Loss(value: scale * Float(total), gradient: gradient)
    }
}

extension Matrix {
    /// A row for each label, with a 1 at its place.
    ///
    /// - Precondition: Labels are at least 0 and below `classes`.
    public static func oneHot(_ labels: [Int], classes: Int) -> Matrix {
        var matrix = Matrix(rows: labels.count, columns: classes)
        for (row, label) in labels.enumerated() { matrix[row, label] = 1 }
        return matrix
    }
}
