public import Neural

/// The texts that training has seen, so that a prompt unlike them is told by its text alone: no encoder has to run.
///
/// Two things are known of them: which shapes they have, as the centres of their kinds, and how often each hashed word
/// occurs. Pages of prose, logs and tables have other shapes than all exercises; another language and noise, other words.
public struct TextDomain: Hashable, Sendable {
    /// How usual the words of texts are: the mean logarithm of a word's frequency, over all texts.
    public struct Familiarity: Hashable, Sendable {
        /// The mean over texts.
        public var mean: Float
        /// How far texts of many words vary around it, squared.
        public var variance: Float
        /// What a single word adds to that, as one of n of it adds the nth part.
        public var wordVariance: Float

        /// Figures of training's texts.
        public init(mean: Float, variance: Float, wordVariance: Float) {
            (self.mean, self.variance, self.wordVariance) = (mean, variance, wordVariance)
        }

        /// By how many deviations a mean over so many words is below the usual one; 0 for no words.
        package func strangeness(_ usual: Float, count: Int) -> Float {
            guard count > 0 else { return 0 }
            return (mean - usual) / max(variance + wordVariance / Float(count), 1e-6).squareRoot()
        }
    }

    /// At home up to the first, out of the domain from the second on.
    public typealias Limits = SIMD2<Float>

    /// A row for each kind of texts: its mean surface.
    public var centres: Matrix
    /// What differences of each feature of the surface are multiplied with: one over its deviation.
    public var scales: [Float]
    /// Limits of ``distance(_:)``.
    public var shapeLimits: Limits
    /// For each bucket of ``HashedWords`` the logarithm of its share among training's words.
    public var frequencies: [Float]
    /// How usual training's words are.
    public var familiarity: Familiarity
    /// Limits of ``strangeness(_:)``.
    public var wordLimits: Limits

    /// A domain with all its parts.
    ///
    /// - Precondition: There is a column of centres and a scale for each of the surface's features, and a frequency for each
    ///   bucket.
    public init(
        centres: Matrix,
        scales: [Float],
        shapeLimits: Limits,
        frequencies: [Float],
        familiarity: Familiarity,
        wordLimits: Limits
    ) {
        let features = SurfaceFeatures.count
        precondition(centres.columns == features && scales.count == features, "a centre is a surface")
        precondition(frequencies.count == HashedWords.bucketCount, "a frequency for each bucket")
        (self.centres, self.scales, self.shapeLimits) = (centres, scales, shapeLimits)
        (self.frequencies, self.familiarity, self.wordLimits) = (frequencies, familiarity, wordLimits)
    }

    /// From 0 for a text that is like none of training's to 1 for one that is at home.
    ///
    /// - Complexity: O(kinds · features).
    package func belonging(_ prompt: PromptEvidence) -> Float {
        let shape = Self.share(distance(prompt.surface), in: shapeLimits)
        return min(shape, Self.share(strangeness(prompt.words), in: wordLimits))
    }

    private static func share(_ figure: Float, in limits: Limits) -> Float {
        // Weights that are no numbers say nothing against a text.
        guard figure > limits.x else { return 1 }
        return limits.y > limits.x ? max((limits.y - figure) / (limits.y - limits.x), 0) : 0
    }

    /// The mean squared difference to the nearest centre, in deviations; infinite where there is none.
    package func distance(_ surface: SurfaceFeatures) -> Float {
        var least = Float.infinity
        for row in 0..<centres.rows {
            let centre = centres[row: row]
            var sum: Float = 0
            for (index, value) in surface.values.enumerated() {
                let difference = (value - centre[centre.startIndex + index]) * scales[index]
                sum += difference * difference
            }
            least = min(least, sum)
        }
        return least / Float(SurfaceFeatures.count)
    }

    /// By how many deviations a text's words are rarer than training's; below 0 for such as are more usual.
    package func strangeness(_ words: HashedWords) -> Float {
        familiarity.strangeness(words.meanLogarithm(of: frequencies), count: words.buckets.count)
    }
}

extension HashedWords {
    /// The mean over a text's words of the logarithms of their frequencies, one for each bucket.
    package func meanLogarithm(of frequencies: [Float]) -> Float {
        // Squares of weights are shares of the text's words: they add up to 1.
        zip(buckets, weights).reduce(0) { $0 + $1.1 * $1.1 * frequencies[Int($1.0)] }
    }
}
