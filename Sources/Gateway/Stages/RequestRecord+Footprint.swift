internal import Accounting
internal import Domain
internal import Ledger

extension RequestRecord {
    /// The ends, the source and the parts of what all attempts took; `nil` where none was made.
    var footprint: RequestRow.Footprint? {
        guard let last = attempts.last else { return nil }
        let joules = attempts.reduce(0) { $0 + $1.joules }
        let carbon = attempts.dropFirst().reduce(attempts[0].carbon) { $0 + $1.carbon }
        var footprint = RequestRow.Footprint(
            energyLowJoules: joules * last.carbonRate.band.low,
            energyHighJoules: joules * last.carbonRate.band.high,
            carbonLow: carbon.low,
            carbonHigh: carbon.high,
            provenance: carbon.provenance.rawValue
        )
        let prompt = attempts.reduce(Carbon.zero) { $0 + $1.promptCarbon }
        footprint.parts.prompt = prompt
        // The rest rather than an estimate of its own, so that rounding keeps the parts' sum.
        footprint.parts.generation = Carbon(micrograms: max(carbon.central.micrograms - prompt.micrograms, 0))
        footprint.gramsPerKilowattHour = last.backend.model.energy.gramsPerKilowattHour
        return footprint
    }
}

extension RequestRecord.Attempt {
    /// What it took of budgets: the same amounts that the ledger adds up.
    var charge: Charge {
        Charge(
            cost: cost,
            tokens: Int64(clamping: usage.total),
            energy: Energy(joules: joules) ?? .max,
            carbon: carbon.central
        )
    }

    /// The energy that it took, by the profile of its model.
    var joules: Double {
        let energy = backend.model.energy
        let atTheChip =
            Double(usage.input) * energy.joulesPerInputToken + Double(usage.output) * energy.joulesPerOutputToken
        return atTheChip * energy.powerUsageEffectiveness
    }

    /// What it emitted, by the profile of its model.
    var carbon: CarbonEstimate { carbonRate.estimate(for: usage) }

    fileprivate var carbonRate: CarbonRate { CarbonRate(backend.model.energy) }

    /// What reading the prompt emitted.
    fileprivate var promptCarbon: Carbon {
        min(carbonRate.estimate(inputTokens: usage.input, outputTokens: 0).central, carbon.central)
    }
}
