internal import Domain

/// How the energy of a model's requests is found, from the best known to the least.
///
/// None of them counts the data centre around the machine: a ``Footprint`` does.
public enum EnergyModel: Hashable, Sendable {
    /// Measured on the same model and machine, plus the host around the accelerators, at so many watts for each.
    case profile(MeasuredProfile, hostWattsPerAccelerator: Double)
    /// A table: joules for each token.
    case perToken(TokenEnergy)
    /// From the model's size and the machine, by a regression over measurements of other models.
    case regression(EnergyRegression)
    /// EcoLogits' formula, for comparison with figures of others and for models of which only the size is guessed.
    case ecoLogits(EcoLogits)

    /// What a request of this load takes at the machine.
    public func use(of load: RequestLoad) -> ModelEnergy {
        switch self {
        case .profile(let profile, let hostWatts): profile.use(of: load, hostWattsPerAccelerator: hostWatts)
        case .perToken(let table): table.use(of: load)
        case .regression(let regression): regression.use(of: load)
        case .ecoLogits(let formula): formula.use(of: load)
        }
    }
}

/// What a request takes at the machine that runs the model, by its two parts.
public struct ModelEnergy: Hashable, Sendable {
    /// Reading the prompt.
    public let prompt: EnergyEstimate
    /// Writing the answer.
    public let generation: EnergyEstimate

    /// The energy of two parts.
    public init(prompt: EnergyEstimate, generation: EnergyEstimate) {
        self.prompt = prompt
        self.generation = generation
    }

    /// A measured amount, such as a request's share from a ``PowerMeter``, divided as a model divides its own estimate.
    ///
    /// The sum is as measured; where the model says nothing of either, all of it is the answer's.
    public init(measured joules: Double, dividedAs model: ModelEnergy) {
        let whole = model.total.central
        let share = whole > 0 ? model.prompt.central / whole : 0
        self.init(
            prompt: EnergyEstimate(measured: joules * share),
            generation: EnergyEstimate(measured: joules - joules * share)
        )
    }

    /// An amount that a declared wattage comes to, divided as a model divides its own estimate.
    ///
    /// A declared power is mostly the rated one, which a busy machine hardly exceeds and an idle one is far below.
    public init(declared joules: Double, dividedAs model: ModelEnergy) {
        let measured = ModelEnergy(measured: joules, dividedAs: model)
        func declared(_ part: EnergyEstimate) -> EnergyEstimate {
            EnergyEstimate(part.central, within: ErrorBand(low: 0.5, high: 1.3), provenance: .declared)
        }
        self.init(prompt: declared(measured.prompt), generation: declared(measured.generation))
    }

    /// Prompt and answer together.
    public var total: EnergyEstimate { prompt + generation }
}
