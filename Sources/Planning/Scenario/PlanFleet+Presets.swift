extension PlanFleet {
    /// The fleet of Wiesner et al., "Carbon-Aware Quality Adaptation for Energy-Intensive Services", e-Energy 2025.
    ///
    /// AWS p4d.24xlarge (8 A100) at full load, LLaMA 3.1 8B and 70B by vLLM's benchmark.
    public static let paper = PlanFleet(
        tiers: [PlanTier(name: "low", quality: 0), PlanTier(name: "high", quality: 1)],
        machines: [
            MachineType(
                name: "p4d.24xlarge",
                requestsPerHour: [41_710, 18_176],
                kilowatts: [3.7818, 3.7818],
                embodiedGramsPerHour: 135
            )
        ]
    )

    /// Servers of eight H100 or B200 as ML.ENERGY v3 measured them: Llama 3.1 8B, 70B and 405B in 8 bits.
    ///
    /// Replicas that fill the server, 1.2 kW for the host, 5,700 kg and 164 kg a GPU for building it, over 3 years.
    public static let measured = PlanFleet(
        tiers: [
            PlanTier(name: "low", quality: 0), PlanTier(name: "mid", quality: 0.8), PlanTier(name: "high", quality: 1),
        ],
        machines: [
            MachineType(
                name: "8xH100",
                requestsPerHour: [711_928, 101_387, 18_914],
                kilowatts: [6.706, 5.909, 5.806],
                embodiedGramsPerHour: 267
            ),
            MachineType(
                name: "8xB200",
                requestsPerHour: [695_859, 214_211, 42_393],
                kilowatts: [5.812, 8.967, 8.900],
                embodiedGramsPerHour: 508
            ),
        ]
    )

    /// The five tiers and three AWS machines of the original's default configuration.
    public static let fiveTiers = PlanFleet(
        tiers: (0..<5).map { PlanTier(name: "tier \($0)", quality: Double($0) / 4) },
        machines: [
            MachineType(
                name: "p4d.24xlarge",
                requestsPerHour: [42_000, 32_000, 25_000, 20_000, 15_000],
                kilowatts: Array(repeating: 3.7818, count: 5),
                embodiedGramsPerHour: 135
            ),
            MachineType(
                name: "p5.48xlarge",
                requestsPerHour: [52_000, 41_000, 33_000, 27_000, 21_000],
                kilowatts: Array(repeating: 4.4, count: 5),
                embodiedGramsPerHour: 150
            ),
            MachineType(
                name: "p6-b200.48xlarge",
                requestsPerHour: [63_000, 52_000, 43_000, 34_000, 25_000],
                kilowatts: Array(repeating: 5.2, count: 5),
                embodiedGramsPerHour: 165
            ),
        ]
    )

    /// The presets by their names.
    public static let presets: [String: PlanFleet] = ["paper": paper, "mle": measured, "five_tiers": fiveTiers]
}

extension MachineType {
    /// A machine whose power does not depend on its load.
    public init(name: String, requestsPerHour: [Double], kilowatts: [Double], embodiedGramsPerHour: Double) {
        self.init(
            name: name,
            requestsPerHour: requestsPerHour,
            power: kilowatts.map { MachinePower(idleKilowatts: $0, loadKilowatts: $0) },
            embodiedGramsPerHour: embodiedGramsPerHour
        )
    }
}
