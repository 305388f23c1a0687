internal import Glibc

/// A model at run time: what it charges and how it answers, with figures that are computed once.
struct Server: Hashable, Sendable {
    let cost: Double
    let latencyMean: Double
    let latencyDeviation: Double
    let quality: Double
    /// The complexity of a prompt that it solves every other time.
    let ability: Double
    /// How steeply its chance of solving a prompt falls with complexity.
    let steepness: Double
    /// How many requests it works on at once.
    let slots: Double
    /// Seconds between two answers while all slots are busy.
    let secondsPerAnswer: Double

    /// A model under such traffic: what is not told of it follows from that.
    init(_ model: ModelConfig, in traffic: Traffic) {
        cost = model.costPerCall
        latencyMean = model.latencyMean
        latencyDeviation = model.latencyStandardDeviation
        quality = model.qualityScore
        steepness = traffic.steepness
        ability = model.ability ?? Self.ability(ofQuality: model.qualityScore, in: traffic)
        slots =
            model.slots
            ?? max(1, (0.5 * traffic.arrivalRate * model.latencyMean).rounded(.toNearestOrEven))
        secondsPerAnswer = model.latencyMean / slots
    }

    /// The probability σ(steepness·(ability − c)) with which it solves a prompt of complexity c.
    @inline(__always)
    func solving(_ complexity: Double) -> Double {
        1 / (1 + exp(-steepness * (ability - complexity)))
    }

    /// Seconds until a slot is free, with so many requests before.
    @inline(__always)
    func waiting(behind queue: Double) -> Double { max(0, queue - slots + 1) * secondsPerAnswer }

    /// The ability whose mean of solved prompts, over the traffic's complexities, is this; by bisection.
    private static func ability(ofQuality quality: Double, in traffic: Traffic) -> Double {
        var (low, high) = (-2.0, 3.0)
        for _ in 0..<50 {
            let middle = (low + high) / 2
            let mean = traffic.complexity.mean { 1 / (1 + exp(-traffic.steepness * (middle - $0))) }
            if mean < quality { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
