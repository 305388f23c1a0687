/// What the operator says of a model's energy: by which figures it is worked out, on what it runs, and on which grid.
public struct EnergyProfile: Hashable, Sendable {
    /// How the energy of a request is worked out.
    public enum Method: String, CaseIterable, Hashable, Sendable, Codable {
        /// From the joules for each token that stand beside it.
        case declared
        /// From measurements of the same model on the same machine.
        case profile
        /// From the model's size and the machine, by a regression over measurements of other models.
        case regression
        /// By EcoLogits' formula, for figures that compare with others'.
        case ecoLogits = "ecologits"
    }

    /// What was asked of a model while it was measured.
    public enum Task: String, CaseIterable, Hashable, Sendable, Codable {
        /// Conversation: answers of some hundred tokens.
        case chat
        /// Hard questions, thought through: answers of thousands of tokens.
        case reasoning
    }

    /// How large the model is, where that is known.
    public struct Size: Hashable, Sendable {
        /// Billions of parameters in all.
        public var billions: Double?
        /// Billions of parameters that a token passes through.
        public var activeBillions: Double?
        /// Bits of a weight.
        public var bits: Double?

        /// A size, as far as it is known.
        public init(billions: Double? = nil, activeBillions: Double? = nil, bits: Double? = nil) {
            self.billions = billions
            self.activeBillions = activeBillions
            self.bits = bits
        }
    }

    /// What the model runs on, where that is known.
    public struct Hardware: Hashable, Sendable {
        /// The accelerators, such as `4xH100`.
        public var machine: String?
        /// Whether all of its requests come through this gateway, so that their number is its batch.
        public var isDedicated = false
        /// Watts of the host for each accelerator, on top of the accelerator's own.
        public var hostWattsPerAccelerator = 0.0
        /// Watts that all of it draws: its energy is then shared among the requests under way.
        public var watts: Double?
        /// A page in Prometheus's format that tells its power, such as that of the DCGM exporter.
        public var powerURL: String?
        /// The metric of that page whose samples, added up, are its watts.
        public var powerMetric = "DCGM_FI_DEV_POWER_USAGE"
        /// Grams of CO2e of making it, for each hour of its life; those of a known machine where `nil`.
        public var embodiedGramsPerHour: Double?

        /// Nothing known.
        public init() {}
    }

    /// How the energy is worked out.
    public var method = Method.declared
    /// The name of the measured profile, such as `meta-llama/Llama-3.1-8B-Instruct`.
    public var profileName: String?
    /// Which of a model's profiles is meant.
    public var task = Task.chat
    /// How large the model is.
    public var size = Size()
    /// What it runs on.
    public var hardware = Hardware()
    /// Joules for each prompt token.
    public var joulesPerInputToken: Double
    /// Joules for each generated token.
    public var joulesPerOutputToken: Double
    /// A request's share of the joules of bringing the model into memory; 0 for one that stays there.
    public var loadingJoulesPerRequest = 0.0
    /// Power usage effectiveness of the data centre, 1 or more.
    public var powerUsageEffectiveness: Double
    /// The grid's zone, as its intensity's source calls it.
    public var zone: String?
    /// The operator's figure for the grid at the model's place, grams of CO2e per kWh.
    public var gramsPerKilowattHour: Double?

    /// A profile of declared figures; what else is known is set afterwards.
    public init(
        joulesPerInputToken: Double,
        joulesPerOutputToken: Double,
        powerUsageEffectiveness: Double,
        gramsPerKilowattHour: Double?
    ) {
        self.joulesPerInputToken = joulesPerInputToken
        self.joulesPerOutputToken = joulesPerOutputToken
        self.powerUsageEffectiveness = powerUsageEffectiveness
        self.gramsPerKilowattHour = gramsPerKilowattHour
    }
}
