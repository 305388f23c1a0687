/// Where a request's energy went.
public struct EnergySplit: Hashable, Sendable {
    /// Deciding which model answers.
    public var router: EnergyEstimate
    /// Bringing the model into memory, where a worker had to for this request.
    public var modelLoading: EnergyEstimate
    /// Reading the prompt.
    public var prompt: EnergyEstimate
    /// Writing the answer.
    public var generation: EnergyEstimate

    /// The energy of each part; those that did not happen are zero.
    public init(
        router: EnergyEstimate = .zero,
        modelLoading: EnergyEstimate = .zero,
        prompt: EnergyEstimate = .zero,
        generation: EnergyEstimate = .zero
    ) {
        self.router = router
        self.modelLoading = modelLoading
        self.prompt = prompt
        self.generation = generation
    }

    /// What the model took, and nothing else.
    public init(_ model: ModelEnergy) { self.init(prompt: model.prompt, generation: model.generation) }

    /// Nothing used.
    public static let zero = EnergySplit()

    /// All parts together.
    public var total: EnergyEstimate { router + modelLoading + prompt + generation }

    /// Part by part.
    public static func + (left: EnergySplit, right: EnergySplit) -> EnergySplit {
        EnergySplit(
            router: left.router + right.router,
            modelLoading: left.modelLoading + right.modelLoading,
            prompt: left.prompt + right.prompt,
            generation: left.generation + right.generation
        )
    }

    /// Each part so many times.
    public static func * (left: EnergySplit, factor: Double) -> EnergySplit {
        EnergySplit(
            router: left.router * factor,
            modelLoading: left.modelLoading * factor,
            prompt: left.prompt * factor,
            generation: left.generation * factor
        )
    }
}
