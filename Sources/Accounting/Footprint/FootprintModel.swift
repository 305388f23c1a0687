public import Domain

/// How the footprint of a model's requests is worked out: its energy, its data centre, its machine and its grid.
///
/// Estimates before a request, holds of budgets and the account afterwards all come from here, so that they agree.
public struct FootprintModel: Hashable, Sendable {
    /// The energy of its tokens.
    public let energy: EnergyModel
    /// Of the data centre, 1 or more.
    public let powerUsageEffectiveness: Double
    /// The grid's zone, where it is known.
    public let zone: String?
    /// Watts that its machine is said to draw; the energy is then what a ``PowerMeter`` gives each request.
    public let watts: Double?
    /// Whether its machine's power is read from a meter, rather than declared.
    public let isPowerMeasured: Bool
    /// Whether the requests under way are all that the machine works on.
    public let isDedicated: Bool
    /// A request's share of bringing the model into memory; none of one that stays there.
    public let loading: EnergyEstimate
    /// The carbon of making the machine, where it is known.
    let embodied: EmbodiedRate?
    /// The operator's figure for the grid.
    private let declared: GridIntensity?

    /// The model that `profile` asks for.
    ///
    /// - Throws: ``EnergyModelError``.
    public init(_ profile: EnergyProfile, from catalogue: ProfileCatalogue = .embedded) throws(EnergyModelError) {
        let machine = try profile.hardware.parsedMachine
        self.init(profile, energy: try EnergyModel(profile, from: catalogue), machine: machine)
    }

    /// The model of `profile`'s declared figures alone: what is left where nothing better can be had.
    public init(declared profile: EnergyProfile) {
        self.init(profile, energy: EnergyModel(declared: profile), machine: nil)
    }

    private init(_ profile: EnergyProfile, energy: EnergyModel, machine: Machine?) {
        self.energy = energy
        powerUsageEffectiveness = profile.powerUsageEffectiveness > 1 ? profile.powerUsageEffectiveness : 1
        zone = profile.zone
        watts = profile.hardware.watts
        isPowerMeasured = profile.hardware.powerURL != nil
        isDedicated = profile.hardware.isDedicated
        // How many requests a loading serves is a mean, and may well be half or double of that.
        loading =
            profile.loadingJoulesPerRequest > 0
            ? EnergyEstimate(profile.loadingJoulesPerRequest, within: ErrorBand(factor: 2), provenance: .declared)
            : .zero
        embodied =
            profile.hardware.embodiedGramsPerHour.map { EmbodiedRate(gramsPerHour: $0) }
            ?? machine.flatMap { EmbodiedRate($0) }
        declared = profile.gramsPerKilowattHour.map { GridIntensity(declared: $0) }
    }

    /// The intensity of its grid: a reading, fresh or old, else the operator's figure, else its country's, else the world's.
    public func intensity(in book: IntensityBook, at unixSeconds: Int64) -> GridIntensity {
        let known = zone.map { book.intensity(of: $0, at: unixSeconds) } ?? .world
        return switch known.basis {
        case .current, .forecast, .lastKnown: known
        case .declared, .country, .world: declared ?? known
        }
    }

    /// The footprint of a request that was answered, or of an attempt that failed.
    ///
    /// - Parameters:
    ///   - load: Its tokens, its duration, and how many were under way with it.
    ///   - meteredJoules: Its part of what its machine drew, by a meter or by ``watts``.
    ///   - router: What deciding took.
    ///   - intensity: Of the grid, when it began.
    /// - Returns: Its energy and carbon, part by part.
    public func footprint(
        of load: RequestLoad,
        meteredJoules: Double?,
        router: EnergyEstimate,
        at intensity: GridIntensity
    ) -> Footprint {
        let modelled = energy.use(of: load)
        let metered = meteredJoules.map { joules in
            isPowerMeasured
                ? ModelEnergy(measured: joules, dividedAs: modelled)
                : ModelEnergy(declared: joules, dividedAs: modelled)
        }
        var split = EnergySplit(metered ?? modelled)
        split.router = router
        // A meter has seen the loading already. An attempt without a token had no model loaded for it.
        if metered == nil, load.inputTokens > 0 || load.outputTokens > 0 { split.modelLoading = loading }
        return Footprint(
            energy: split,
            powerUsageEffectiveness: powerUsageEffectiveness,
            intensity: intensity,
            embodied: embodiedShare(of: load)
        )
    }

    private func embodiedShare(of load: RequestLoad) -> CarbonEstimate {
        if let embodied {
            let batch = load.concurrency ?? RequestLoad.typicalBatch
            return load.duration.map { embodied.share(of: $0, concurrency: batch) } ?? .zero
        }
        guard case .ecoLogits(let formula) = energy else { return .zero }
        let grams = formula.embodiedGrams(outputTokens: load.outputTokens, duration: load.duration)
        // Its own interval is that of its energy: the time that it takes errs as much.
        return CarbonEstimate(
            low: Carbon(saturating: grams * 0.2e6),
            central: Carbon(saturating: grams * 1e6),
            high: Carbon(saturating: grams * 3.9e6),
            provenance: .modelled
        )
    }

    /// What its tokens are expected to emit, for estimates before the choice.
    public func rate(at intensity: GridIntensity) -> CarbonRate {
        CarbonRate(
            energy,
            around: RequestLoad(inputTokens: 500, outputTokens: 300, concurrency: nil),
            loading: watts == nil && !isPowerMeasured ? loading : .zero,
            powerUsageEffectiveness: powerUsageEffectiveness,
            intensity: intensity
        )
    }

    /// What its requests take at most under its grid, with `duration` for the parts that go by time.
    public func bound(duration: Duration, at intensity: GridIntensity) -> FootprintBound {
        FootprintBound(self, duration: duration, at: intensity)
    }
}
