internal import Accounting
internal import Domain
internal import Ledger
internal import Reactor

extension RequestRecord {
    /// Works out what an attempt took and emitted, once: budgets, ledger, metrics and headers all tell this.
    ///
    /// The gateway's own work on the request is the first attempt's.
    ///
    /// - Parameters:
    ///   - attempt: One that has ended, with its usage, and is not among ``attempts`` yet.
    ///   - model: How its footprint is worked out.
    ///   - load: How many requests the machine worked on with it, and its part of a meter.
    ///   - routerWatts: What the core draws that decided.
    func account(
        for attempt: inout Attempt,
        by model: FootprintModel,
        load: (concurrency: Double?, joules: Double?),
        routerWatts: Double
    ) {
        var router = EnergyEstimate.zero
        if attempts.isEmpty, routerWatts > 0 {
            let work = begunAt.duration(to: firstAttemptAt ?? attempt.startedAt) - queued
            router = EnergyEstimate(
                watts: routerWatts,
                during: work,
                within: ErrorBand(factor: 2),
                provenance: .declared
            )
        }
        let request = RequestLoad(
            // A cached prompt has been read before.
            inputTokens: attempt.usage.input - attempt.usage.cachedInput,
            outputTokens: attempt.usage.output,
            concurrency: load.concurrency,
            duration: attempt.duration
        )
        let took = model.footprint(
            of: request,
            meteredJoules: load.joules,
            router: router,
            at: attempt.intensity
        )
        attempt.energy = took.energy.total.energy
        attempt.carbon = took.carbon
        footprint += took
    }

    /// What all attempts emitted; the ends, parts and source are the ledger's as well.
    var carbon: CarbonEstimate { footprint.carbon }

    /// The ends, the source and the parts of what all attempts took, as the ledger has them; `nil` where none was made.
    var footprintRow: RequestRow.Footprint? {
        guard let last = attempts.last else { return nil }
        let carbon = carbon
        let joules = attempts.reduce(Energy.zero) { $0 + $1.energy }.joules
        var row = RequestRow.Footprint(
            // The central figure is in whole microjoules, which its ends may miss by a rounding.
            energyLowJoules: min(footprint.energy.total.low, joules),
            energyHighJoules: max(footprint.energy.total.high, joules),
            carbonLow: carbon.low,
            carbonHigh: carbon.high,
            provenance: carbon.provenance.rawValue
        )
        row.parts.router = footprint.energy.router == .zero ? nil : footprint[.router].central
        row.parts.loading = footprint[.modelLoading].central
        row.parts.prompt = footprint[.prompt].central
        row.parts.generation = footprint[.generation].central
        row.parts.embodied = footprint[.embodied] == .zero ? nil : footprint[.embodied].central
        row.zone = last.backend.model.energy.zone
        row.gramsPerKilowattHour = last.intensity.central
        return row
    }
}

extension RequestRecord.Attempt {
    /// What it took of budgets: the same amounts that the ledger adds up.
    var charge: Charge {
        Charge(cost: cost, tokens: Int64(clamping: usage.total), energy: energy, carbon: carbon.central)
    }
}
