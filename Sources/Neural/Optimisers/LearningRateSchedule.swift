/// How large steps are: they grow from 0 while the optimiser counts, and shrink to 0 at the end.
public struct LearningRateSchedule: Hashable, Sendable {
    /// The learning rate when warm-up is over.
    public let peak: Float
    /// For how many steps it grows.
    public let warmUpSteps: Int
    /// After how many steps it is 0; `nil` keeps it at the peak.
    public let totalSteps: Int?

    /// Linear growth to `peak`, and linear decay from there where there is an end.
    public init(peak: Float, warmUpSteps: Int, totalSteps: Int?) {
        self.peak = peak
        self.warmUpSteps = max(0, warmUpSteps)
        self.totalSteps = totalSteps
    }

    /// The learning rate of a step; the first step is 0.
    public func rate(atStep step: Int) -> Float {
        if step < warmUpSteps { return peak * Float(step + 1) / Float(warmUpSteps) }
        guard let totalSteps else { return peak }
        return peak * Float(max(0, totalSteps - step)) / Float(max(1, totalSteps - warmUpSteps))
    }
}
