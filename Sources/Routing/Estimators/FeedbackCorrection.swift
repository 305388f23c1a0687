/// What one judged answer says of another prompt.
struct FeedbackOpinion {
    /// The model that answered.
    let column: Int
    /// How far its score was from what was expected.
    let difference: Double
    /// How much the prompts are alike, above 0 to 1.
    let weight: Double
}

/// By how much feedback nearby moves the estimates for a prompt: see ``FeedbackMemory``.
struct FeedbackCorrection {
    /// By how much an expected score moves, and how much of the way to what was observed that is.
    struct Shift {
        var value: Double
        /// 0 to below 1.
        var certainty: Double
    }

    /// For each model.
    let shifts: [Shift]
    /// The sum of all weights.
    let weight: Double

    /// The correction that `opinions`, one or more, call for.
    init(_ opinions: [FeedbackOpinion], modelCount: Int, settings: FeedbackMemory.Settings) {
        var sums = [Sum](repeating: Sum(), count: modelCount)
        for opinion in opinions { sums[opinion.column].add(opinion.difference, weight: opinion.weight) }
        var (total, effective) = (0.0, 0.0)
        for sum in sums {
            let weight = settings.ownWeight * sum.weight / (settings.ownWeight + sum.weight)
            total += weight * sum.mean
            effective += weight
        }
        let common = total / (settings.commonWeight + effective)
        shifts = sums.map { sum in
            let certainty = sum.weight / (settings.ownWeight + sum.weight)
            let difference = sum.mean - common
            let square = difference * difference
            let trust = sum.weight > 0 && square > 0 ? max(0, 1 - sum.variance / square) : 0
            return Shift(value: common + certainty * trust * difference, certainty: certainty)
        }
        weight = opinions.reduce(0) { $0 + $1.weight }
    }

    /// Differences of one model's answers.
    private struct Sum {
        private(set) var weight = 0.0
        private var total = 0.0
        private var squares = 0.0

        mutating func add(_ difference: Double, weight: Double) {
            self.weight += weight
            total += weight * difference
            squares += weight * weight
        }

        var mean: Double { weight > 0 ? total / weight : 0 }

        /// The variance of the mean: a score between 0 and 1 has one of 1/4 at most.
        var variance: Double { weight > 0 ? 0.25 * squares / (weight * weight) : 0 }
    }
}
