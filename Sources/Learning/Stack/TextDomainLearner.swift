internal import Domain
internal import Glibc
internal import Neural
internal import Routing

/// Finds out which texts training has seen: which shapes they have, and how usual their words are.
struct TextDomainLearner {
    /// What was found.
    private(set) var domain: TextDomain

    /// No more kinds of texts than this.
    private static let kindsMax = 32
    /// A kind is not made of fewer texts in the mean.
    private static let textsOfKindMin = 50
    /// More texts than this tell nothing more of where centres are.
    private static let sampleMax = 4000
    private static let rounds = 20
    /// The share of training's texts that are at home.
    private static let homeShare = 0.98
    /// So many times as far as the farthest of training's texts, but one of two hundred, is out of the domain.
    private static let shapeMargin: Float = 1.5
    /// So many times as strange as the strangest of training's texts, but one of a thousand, is out of the domain.
    private static let wordMargin: Float = 1.15

    /// Learns from these texts; `folds` says which of them ask the same, and `seed` decides all chance.
    init(_ evidence: [PromptEvidence], folds: [Int], seed: UInt64) {
        let scales = Self.scales(evidence.map(\.surface.values))
        let places = evidence.map { zip($0.surface.values, scales).map(*) }
        let centres = Self.centres(of: places, seed: seed).map { centre in zip(centre, scales).map { $0 / $1 } }
        let words = WordCounts(evidence.map(\.words), folds: folds)
        let familiarity = words.familiarity
        domain = TextDomain(
            centres: Matrix(rows: centres.count, columns: SurfaceFeatures.count, values: centres.flatMap(\.self)),
            scales: scales,
            shapeLimits: .zero,
            frequencies: words.frequencies,
            familiarity: familiarity,
            wordLimits: .zero
        )
        let distances = evidence.map { domain.distance($0.surface) }
        domain.shapeLimits = Self.limits(of: distances, farShare: 1 / 200, margin: Self.shapeMargin)
        let strangeness = words.usual.map { familiarity.strangeness($0.mean, count: $0.count) }
        domain.wordLimits = Self.limits(of: strangeness, farShare: 1 / 1000, margin: Self.wordMargin)
    }

    private static func limits(of figures: [Float], farShare: Double, margin: Float) -> TextDomain.Limits {
        let sorted = figures.sorted()
        guard let last = sorted.last else { return .zero }
        func quantile(_ share: Double) -> Float { sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)] }
        let home = quantile(homeShare)
        // Few texts, or such as are all alike, tell little of what others may be like.
        let room = 0.5 + 50 / Float(sorted.count)
        let far = max(min(quantile(1 - farShare), last) * margin, home + room)
        return TextDomain.Limits(home, far)
    }

    // MARK: Shapes

    /// One over each feature's deviation, and at most 2: they are roots of counts, and one more of anything is not far.
    private static func scales(_ surfaces: [[Float]]) -> [Float] {
        let count = Float(max(surfaces.count, 1))
        return (0..<SurfaceFeatures.count).map { column in
            let mean = surfaces.reduce(0) { $0 + $1[column] } / count
            let variance = surfaces.reduce(0) { $0 + ($1[column] - mean) * ($1[column] - mean) } / count
            return 1 / max(variance.squareRoot(), 0.5)
        }
    }

    /// The centres of kinds by k-means: Lloyd, "Least squares quantization in PCM", 1982, begun as Arthur and Vassilvitskii,
    /// "k-means++", 2007, do.
    private static func centres(of places: [[Float]], seed: UInt64) -> [[Float]] {
        var generator = SeededGenerator(seed: seed)
        let isSmall = places.count <= sampleMax
        let sample = isSmall ? places : Array(places.shuffled(using: &generator).prefix(sampleMax))
        let count = max(1, min(kindsMax, places.count / textsOfKindMin))
        var centres = firstCentres(count, of: sample, using: &generator)
        for _ in 0..<rounds {
            var sums = centres.map { [Double](repeating: 0, count: $0.count) }
            var counts = [Double](repeating: 0, count: centres.count)
            for place in sample {
                let nearest = nearest(to: place, of: centres)
                counts[nearest] += 1
                for (column, value) in place.enumerated() { sums[nearest][column] += Double(value) }
            }
            for (index, number) in counts.enumerated() where number > 0 {
                centres[index] = sums[index].map { Float($0 / number) }
            }
        }
        return centres
    }

    /// Each next one is drawn by the squared distance to those before.
    private static func firstCentres(
        _ count: Int,
        of sample: [[Float]],
        using generator: inout SeededGenerator
    ) -> [[Float]] {
        guard let first = sample.randomElement(using: &generator) else { return [] }
        var centres = [first]
        var distances = sample.map { distance($0, first) }
        while centres.count < count {
            let total = distances.reduce(0) { $0 + Double($1) }
            guard total > 0 else { break }
            var rest = Double.random(in: 0..<total, using: &generator)
            let drawn = distances.firstIndex { distance in
                rest -= Double(distance)
                return rest < 0
            }
            let next = sample[drawn ?? sample.count - 1]
            centres.append(next)
            for (index, place) in sample.enumerated() {
                distances[index] = min(distances[index], distance(place, next))
            }
        }
        return centres
    }

    private static func nearest(to place: [Float], of centres: [[Float]]) -> Int {
        var best = (index: 0, distance: Float.infinity)
        for (index, centre) in centres.enumerated() {
            let distance = distance(place, centre)
            if distance < best.distance { best = (index, distance) }
        }
        return best.index
    }

    private static func distance(_ one: [Float], _ other: [Float]) -> Float {
        var sum: Float = 0
        for index in one.indices { sum += (one[index] - other[index]) * (one[index] - other[index]) }
        return sum
    }
}

/// How often each word occurs, and how usual each text's words are by what the texts of other folds hold.
private struct WordCounts {
    /// Logarithms of each bucket's share.
    let frequencies: [Float]
    /// For each text that has words the mean logarithm of their frequencies, and how many there are.
    let usual: [(mean: Float, count: Int)]

    init(_ texts: [HashedWords], folds: [Int]) {
        var counts: [Int: [Double]] = [:]
        for (text, fold) in zip(texts, folds) {
            // A text counts as much as any other, however long it is.
            for (bucket, weight) in zip(text.buckets, text.weights) {
                counts[fold, default: Array(repeating: 0, count: HashedWords.bucketCount)][Int(bucket)] +=
                    Double(weight * weight)
            }
        }
        func frequencies(without fold: Int?) -> [Float] {
            // One occurrence of each, so that none is impossible.
            var sums = [Double](repeating: 1, count: HashedWords.bucketCount)
            for key in counts.keys.sorted() where key != fold {
                for (bucket, count) in (counts[key] ?? []).enumerated() { sums[bucket] += count }
            }
            let total = sums.reduce(0, +)
            return sums.map { Float(log($0 / total)) }
        }
        let others = Dictionary(uniqueKeysWithValues: Set(folds).map { ($0, frequencies(without: $0)) })
        self.frequencies = frequencies(without: nil)
        usual = zip(texts, folds).compactMap { text, fold in
            guard !text.buckets.isEmpty, let known = others[fold] else { return nil }
            return (text.meanLogarithm(of: known), text.buckets.count)
        }
    }

    /// The mean over texts, and what of its variance is the texts' and what the single words'.
    var familiarity: TextDomain.Familiarity {
        let count = Double(max(usual.count, 1))
        let mean = usual.reduce(0.0) { $0 + Double($1.mean) } / count
        let wordVariance = frequencies.reduce(0.0) { sum, logarithm in
            let difference = Double(logarithm) - mean
            return sum + exp(Double(logarithm)) * difference * difference
        }
        let excess = usual.reduce(0.0) { sum, text in
            let difference = Double(text.mean) - mean
            return sum + max(difference * difference - wordVariance / Double(text.count), 0)
        }
        return .init(mean: Float(mean), variance: Float(excess / count), wordVariance: Float(wordVariance))
    }
}
