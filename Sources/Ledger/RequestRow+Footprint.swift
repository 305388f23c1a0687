public import Domain

extension RequestRow {
    /// Between what and what a request's energy and carbon lie, why that is believed, and what they are made of.
    ///
    /// The central figures are ``RequestRow/energyJoules`` and ``RequestRow/carbon``.
    public struct Footprint: Hashable, Sendable {
        /// The lower end of the energy, in joules.
        public var energyLowJoules: Double
        /// The upper end of the energy, in joules.
        public var energyHighJoules: Double
        /// The lower end of the carbon.
        public var carbonLow: Carbon
        /// The upper end of the carbon.
        public var carbonHigh: Carbon
        /// Where the figures come from: `measured`, `declared` or `modelled`; of several attempts, the weakest.
        public var provenance: String
        /// What the central figure of the carbon is made of.
        public var parts = Parts()
        /// The grid's zone, where it is known.
        public var zone: String?
        /// The grid's intensity that was reckoned with, in grams of CO2e per kilowatt-hour.
        public var gramsPerKilowattHour: Double?

        /// A footprint without parts.
        public init(
            energyLowJoules: Double,
            energyHighJoules: Double,
            carbonLow: Carbon,
            carbonHigh: Carbon,
            provenance: String
        ) {
            self.energyLowJoules = energyLowJoules
            self.energyHighJoules = energyHighJoules
            self.carbonLow = carbonLow
            self.carbonHigh = carbonHigh
            self.provenance = provenance
        }
    }

    /// The carbon of a request by what emitted it; `nil` is a part that nobody estimated.
    public struct Parts: Hashable, Sendable {
        /// The gateway's own work.
        public var router: Carbon?
        /// The model's loading into memory, as far as this request bears it.
        public var loading: Carbon?
        /// Reading the prompt.
        public var prompt: Carbon?
        /// Writing the answer.
        public var generation: Carbon?
        /// The request's share of making the machines.
        public var embodied: Carbon?

        /// Nothing estimated.
        public init() {}
    }
}

extension ColumnSink {
    /// Writes the columns from `energy_low_joules` to `grams_per_kwh`.
    mutating func footprint(_ footprint: RequestRow.Footprint?) {
        real(footprint?.energyLowJoules)
        real(footprint?.energyHighJoules)
        amount(footprint?.carbonLow.micrograms)
        amount(footprint?.carbonHigh.micrograms)
        text(footprint?.provenance)
        amount(footprint?.parts.router?.micrograms)
        amount(footprint?.parts.loading?.micrograms)
        amount(footprint?.parts.prompt?.micrograms)
        amount(footprint?.parts.generation?.micrograms)
        amount(footprint?.parts.embodied?.micrograms)
        text(footprint?.zone)
        real(footprint?.gramsPerKilowattHour)
    }
}

extension ColumnReader {
    mutating func optionalCarbon() -> Carbon? { optionalInteger().map { Carbon(micrograms: $0) } }

    /// Reads what ``ColumnSink/footprint(_:)`` writes.
    mutating func footprint() -> RequestRow.Footprint? {
        let (energyLow, energyHigh) = (optionalReal(), optionalReal())
        let (carbonLow, carbonHigh) = (optionalCarbon(), optionalCarbon())
        let provenance = optionalText()
        var parts = RequestRow.Parts()
        parts.router = optionalCarbon()
        parts.loading = optionalCarbon()
        parts.prompt = optionalCarbon()
        parts.generation = optionalCarbon()
        parts.embodied = optionalCarbon()
        let (zone, intensity) = (optionalText(), optionalReal())
        guard let energyLow, let energyHigh, let carbonLow, let carbonHigh, let provenance else { return nil }
        var footprint = RequestRow.Footprint(
            energyLowJoules: energyLow,
            energyHighJoules: energyHigh,
            carbonLow: carbonLow,
            carbonHigh: carbonHigh,
            provenance: provenance
        )
        footprint.parts = parts
        footprint.zone = zone
        footprint.gramsPerKilowattHour = intensity
        return footprint
    }
}
