import Domain

/// A model's energy; the defaults are a rough figure for an unknown model, and loading one warns of it.
struct EnergyEntry: Section {
    var method = EnergyProfile.Method.declared
    /// A tenth of an output token: prompts are read in parallel.
    var joulesPerInputToken = 0.1
    /// ML.ENERGY's v3 measurements have 0.1 to 9 J for open models of 8 to 235 billion parameters, by batch.
    var joulesPerOutputToken = 1.0
    var profileName: String?
    var task = EnergyProfile.Task.chat
    var machine: String?
    var dedicated: Bool?
    var hostWattsPerAccelerator = 0.0
    var parametersBillions: Double?
    var activeBillions: Double?
    var bits: Double?
    var watts: Double?
    var powerURL: String?
    var powerMetric = "DCGM_FI_DEV_POWER_USAGE"
    var loadingJoulesPerRequest = 0.0
    var embodiedGramsPerHour: Double?
    var powerUsageEffectiveness = 1.2
    var zone: String?
    var gramsPerKilowattHour: Double?

    static let fields: [Field<Self>] = [
        Field(
            "model",
            \.method,
            .choice,
            "How energy is found: declared joules, a measured profile, a regression over size and machine, ecologits."
        ),
        Field(
            "joules_per_input_token",
            \.joulesPerInputToken,
            .number(in: 0...1_000_000),
            "Joules for each prompt token, for `model: declared`."
        ),
        Field(
            "joules_per_output_token",
            \.joulesPerOutputToken,
            .number(in: 0...1_000_000),
            "Joules for each generated token, for `model: declared`."
        ),
        Field(
            "profile",
            \.profileName,
            optional: .name,
            "Name of the measured profile (ML.ENERGY v3), such as meta-llama/Llama-3.1-8B-Instruct."
        ),
        Field(
            "task",
            \.task,
            .choice,
            "Whether the profile is of chat or of reasoning, with answers of thousands of tokens."
        ),
        Field("machine", \.machine, optional: .machine, "Accelerators that one copy runs on, such as 4xH100."),
        Field(
            "dedicated",
            \.dedicated,
            optional: .flag,
            "Whether all of the machine's requests come through here; if absent: on a `machine`, for openai_compatible."
        ),
        Field(
            "host_watts_per_accelerator",
            \.hostWattsPerAccelerator,
            .number(in: 0...10_000),
            "Watts of processors, memory and fans for each accelerator, which profiles leave out."
        ),
        Field(
            "parameters_billions",
            \.parametersBillions,
            optional: .number(in: 0.001...100_000),
            "Size of the model."
        ),
        Field(
            "active_billions",
            \.activeBillions,
            optional: .number(in: 0.001...100_000),
            "Parameters that a token passes through, in a mixture of experts; all if absent."
        ),
        Field("bits", \.bits, optional: .number(in: 1...64), "Bits of a weight; 16 is assumed."),
        Field(
            "watts",
            \.watts,
            optional: .number(in: 0...10_000_000),
            "Watts that the whole of one's own worker draws: its energy is shared among its requests."
        ),
        Field(
            "power_url",
            \.powerURL,
            optional: .url(),
            "Page in Prometheus's format with the power of one's own worker: its energy is then measured."
        ),
        Field(
            "power_metric",
            \.powerMetric,
            .name,
            "The metric of that page; its samples add up to the worker's watts."
        ),
        Field(
            "loading_joules_per_request",
            \.loadingJoulesPerRequest,
            .number(in: 0...1e9),
            "A request's share of loading the model: load time times watts, over the requests that a loading serves."
        ),
        Field(
            "embodied_grams_per_hour",
            \.embodiedGramsPerHour,
            optional: .number(in: 0...1_000_000),
            "Grams of CO2e of making the machine, per hour of its life; by the machine's name if absent."
        ),
        Field("pue", \.powerUsageEffectiveness, .number(in: 1...10), "Power usage effectiveness of the data centre."),
        Field(
            "zone",
            \.zone,
            optional: .name,
            "Zone of the grid, as the source of `carbon.sources` calls it: DE, GB-13, US-CAL-CISO."
        ),
        Field(
            "grams_per_kwh",
            \.gramsPerKilowattHour,
            optional: .number(in: 0...5000),
            "Grid intensity there, grams of CO2e per kWh, where no source has a reading; else the country's mean."
        ),
    ]

    func check(at place: Place, into report: inout Report) {
        func need(_ key: String, _ isThere: Bool) {
            // One that was refused has been reported.
            guard !isThere, place.child(key)?.node?.isNull ?? true else { return }
            report.error(
                at: place,
                "`model: \(method.rawValue)` needs `\(key)`",
                fix: "add it, or choose another model"
            )
        }
        switch method {
        case .declared: break
        case .profile:
            need("profile", profileName != nil)
            need("machine", machine != nil)
        case .regression, .ecoLogits: need("parameters_billions", parametersBillions != nil)
        }
        if let activeBillions, let parametersBillions, activeBillions > parametersBillions {
            report.error(
                at: place["active_billions"],
                "\(activeBillions) is above parameters_billions, \(parametersBillions)",
                fix: "lower it"
            )
        }
    }

    /// The profile as the domain has it, for a model of this kind.
    ///
    /// A hosted model serves others as well, so its batch is unknown unless the file says otherwise.
    func profile(of provider: Model.Provider) -> EnergyProfile {
        var profile = EnergyProfile(
            joulesPerInputToken: joulesPerInputToken,
            joulesPerOutputToken: joulesPerOutputToken,
            powerUsageEffectiveness: powerUsageEffectiveness,
            gramsPerKilowattHour: gramsPerKilowattHour
        )
        profile.method = method
        profile.profileName = profileName
        profile.task = task
        profile.size = .init(billions: parametersBillions, activeBillions: activeBillions, bits: bits)
        profile.hardware.machine = machine
        profile.hardware.isDedicated = dedicated ?? (provider == .openAICompatible && machine != nil)
        profile.hardware.hostWattsPerAccelerator = hostWattsPerAccelerator
        profile.hardware.watts = watts
        profile.hardware.powerURL = powerURL
        profile.hardware.powerMetric = powerMetric
        profile.hardware.embodiedGramsPerHour = embodiedGramsPerHour
        profile.loadingJoulesPerRequest = loadingJoulesPerRequest
        profile.zone = zone
        return profile
    }
}
