internal import Glibc

/// A level of quality that requests can be served at.
public struct PlanTier: Hashable, Sendable, Codable {
    /// What serving a request costs where it is bought by the request, without machines of our own.
    public struct Purchase: Hashable, Sendable, Codable {
        /// Energy that the seller spends on a request, in kWh.
        public var kilowattHours: Double
        /// The share of building its machines, in grams of CO2e.
        public var embodiedGrams: Double
        /// Its price, in US dollars.
        public var dollars: Double

        /// What a request costs.
        public init(kilowattHours: Double, embodiedGrams: Double, dollars: Double) {
            self.kilowattHours = kilowattHours
            self.embodiedGrams = embodiedGrams
            self.dollars = dollars
        }
    }

    /// Its name.
    public var name: String
    /// What a request served at it counts, from 0 to 1; each tier counts more than the one before.
    public var quality: Double
    /// What a request costs where it can be bought; any number can.
    public var purchase: Purchase?

    /// A tier.
    public init(name: String, quality: Double, purchase: Purchase? = nil) {
        self.name = name
        self.quality = quality
        self.purchase = purchase
    }
}

/// What a machine draws.
public struct MachinePower: Hashable, Sendable, Codable {
    /// With nothing to do, in kW.
    public var idleKilowatts: Double
    /// At full load, in kW: what a plan counts for a machine that is switched on.
    public var loadKilowatts: Double
    /// How the power between grows with the load: 1 for a straight line.
    public var exponent: Double

    /// Power at no load and at full load.
    public init(idleKilowatts: Double, loadKilowatts: Double, exponent: Double = 1) {
        self.idleKilowatts = idleKilowatts
        self.loadKilowatts = loadKilowatts
        self.exponent = exponent
    }

    /// The power at a load of 0 to 1, in kW: idle + (load − idle) · utilisation^exponent.
    public func kilowatts(utilisation: Double) -> Double {
        let load = min(max(utilisation, 0), 1)
        return idleKilowatts + (loadKilowatts - idleKilowatts) * (exponent == 1 ? load : pow(load, exponent))
    }
}

/// A kind of machine of which any number, or a limited one, can be switched on for an hour.
public struct MachineType: Hashable, Sendable, Codable {
    /// Its name.
    public var name: String
    /// Requests that one serves an hour, for each tier from the worst; 0 where it can't serve it.
    public var requestsPerHour: [Double]
    /// What it draws while it serves a tier, for each tier.
    public var power: [MachinePower]
    /// The share of building it, in grams of CO2e an hour.
    public var embodiedGramsPerHour: Double
    /// What it is rented for, in US dollars an hour, energy apart.
    public var dollarsPerHour: Double
    /// How many there are; `nil` where there are as many as one needs.
    public var countMax: Int?
    /// What switching one on takes; `nil` for nothing.
    public var start: MachineStart?

    /// A machine type.
    public init(
        name: String,
        requestsPerHour: [Double],
        power: [MachinePower],
        embodiedGramsPerHour: Double,
        dollarsPerHour: Double = 0,
        countMax: Int? = nil,
        start: MachineStart? = nil
    ) {
        self.name = name
        self.requestsPerHour = requestsPerHour
        self.power = power
        self.embodiedGramsPerHour = embodiedGramsPerHour
        self.dollarsPerHour = dollarsPerHour
        self.countMax = countMax
        self.start = start
    }
}

/// What requests can be served with.
public struct PlanFleet: Hashable, Sendable, Codable {
    /// The tiers from the worst to the best.
    public var tiers: [PlanTier]
    /// The machine types.
    public var machines: [MachineType]
    /// What the building draws for each kWh of a machine: power usage effectiveness, at least 1.
    public var powerUsageEffectiveness: Double

    /// A fleet.
    public init(tiers: [PlanTier], machines: [MachineType], powerUsageEffectiveness: Double = 1) {
        self.tiers = tiers
        self.machines = machines
        self.powerUsageEffectiveness = powerUsageEffectiveness
    }

    /// Energy of a machine of a type that serves a tier for an hour, in kWh with the building's share.
    func kilowattHours(tier: Int, machine: Int) -> Double {
        powerUsageEffectiveness * machines[machine].power[tier].loadKilowatts
    }
}
