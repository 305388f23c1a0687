/// A request's energy and carbon by component, and by addition those of many: totals accumulate, they never replace.
public struct Footprint: Hashable, Sendable {
    /// What energy is used for and carbon emitted by.
    public enum Component: String, CaseIterable, Hashable, Sendable, Codable {
        /// Deciding which model answers.
        case router
        /// Bringing the model into memory.
        case modelLoading = "model_loading"
        /// Reading the prompt.
        case prompt
        /// Writing the answer.
        case generation
        /// The request's share of making the machine: carbon without energy.
        case embodied
    }

    /// The energy that the data centre took: the machine's times its power usage effectiveness.
    public private(set) var energy: EnergySplit
    private var router: CarbonEstimate
    private var modelLoading: CarbonEstimate
    private var prompt: CarbonEstimate
    private var generation: CarbonEstimate
    private var embodied: CarbonEstimate

    /// The footprint of a request, or of one attempt.
    ///
    ///     carbon = energy at the machine · PUE · grid intensity + embodied share
    ///
    /// - Parameters:
    ///   - energy: What the machine took.
    ///   - powerUsageEffectiveness: Of the data centre; below 1 and without a value it counts as 1.
    ///   - intensity: Of the grid, there and then.
    ///   - embodied: The share of making the machine.
    public init(
        energy: EnergySplit,
        powerUsageEffectiveness: Double,
        intensity: GridIntensity,
        embodied: CarbonEstimate = .zero
    ) {
        let energy = energy * (powerUsageEffectiveness > 1 ? powerUsageEffectiveness : 1)
        self.energy = energy
        router = CarbonEstimate(energy.router, at: intensity)
        modelLoading = CarbonEstimate(energy.modelLoading, at: intensity)
        prompt = CarbonEstimate(energy.prompt, at: intensity)
        generation = CarbonEstimate(energy.generation, at: intensity)
        self.embodied = embodied
    }

    private init() {
        energy = .zero
        (router, modelLoading, prompt, generation, embodied) = (.zero, .zero, .zero, .zero, .zero)
    }

    /// Nothing used and nothing emitted.
    public static let zero = Footprint()

    /// What a component emitted.
    public subscript(component: Component) -> CarbonEstimate {
        switch component {
        case .router: router
        case .modelLoading: modelLoading
        case .prompt: prompt
        case .generation: generation
        case .embodied: embodied
        }
    }

    /// The sum of the components, exactly: each is a whole number of micrograms.
    public var carbon: CarbonEstimate { router + modelLoading + prompt + generation + embodied }

    /// Component by component.
    public static func + (left: Footprint, right: Footprint) -> Footprint {
        var sum = left
        sum.energy = left.energy + right.energy
        sum.router += right.router
        sum.modelLoading += right.modelLoading
        sum.prompt += right.prompt
        sum.generation += right.generation
        sum.embodied += right.embodied
        return sum
    }

    /// Adds as ``+(_:_:)`` does.
    public static func += (left: inout Footprint, right: Footprint) { left = left + right }
}
