import Foundation
import Neural
import Routing

extension DenseNetwork {
    /// Scales the last layer so that its probabilities can be taken at their word.
    ///
    /// One temperature for all outputs, which is found on examples that weren't learned from. Guo et al., "On calibration
    /// of modern neural networks", 2017.
    ///
    /// - Parameters:
    ///   - logits: What the network says of the examples.
    ///   - targets: What is right for all examples.
    ///   - rows: Which of those the logits are of.
    mutating func calibrate(logits: Matrix, targets: TrainingTargets, rows: [Int]) {
        let loss = { (scale: Float) in
            let logits = logits.scaled(by: scale)
            return switch targets {
            case .classes(let labels, _): Loss.crossEntropy(logits, labels: rows.map { labels[$0] }).value
            case .scores(let scores): Loss.binaryCrossEntropy(logits, targets: scores.selecting(rows)).value
            }
        }
        // The loss is convex in the scale, so narrowing its logarithm by thirds finds the least. At most e, lest a network that
        // has all of the validation set right be sure of everything.
        var (low, high) = (Float(-3), Float(1))
        for _ in 0..<30 {
            let (left, right) = (low + (high - low) / 3, high - (high - low) / 3)
            if loss(exp(left)) < loss(exp(right)) { high = right } else { low = left }
        }
        let scale = exp((low + high) / 2)
        let last = layers.count - 1
        layers[last].weight = layers[last].weight.scaled(by: scale)
        layers[last].bias = layers[last].bias.scaled(by: scale)
    }
}
