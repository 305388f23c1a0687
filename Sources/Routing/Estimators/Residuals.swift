/// Takes scores apart into what all models have in common on a prompt and each model's own part.
public enum Residuals {
    /// The common part of a row of scores: the mean of what each model scored above its level.
    ///
    /// Shrunk by half a score, so that a single one does not pass for all of them.
    ///
    /// - Parameters:
    ///   - scores: Not a number where a model was not asked.
    ///   - levels: The models' levels, in the same order.
    /// - Returns: 0 if no model was asked.
    public static func common(_ scores: ArraySlice<Float>, levels: [Float]) -> Float {
        var sum: Float = 0
        var count: Float = 0
        for (score, level) in zip(scores, levels) where !score.isNaN {
            sum += score - level
            count += 1
        }
        return count > 0 ? sum / (count + (count == Float(levels.count) ? 0 : 0.5)) : 0
    }
}

extension PromptEstimate {
    /// How sure it is that the model with the highest expected quality is the best one, 0 to 1.
    ///
    /// Φ of the lead over the next one in standard deviations, as if both were normal and independent.
    static func confidence(of qualities: [QualityEstimate]) -> Double {
        let ranked = qualities.sorted { $0.expected > $1.expected }
        guard ranked.count > 1 else { return 1 }
        let variance = ranked[0].deviation * ranked[0].deviation + ranked[1].deviation * ranked[1].deviation
        guard variance > 0 else { return 1 }
        return normalCumulative((ranked[0].expected - ranked[1].expected) / variance.squareRoot())
    }
}
