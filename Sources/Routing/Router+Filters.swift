internal import Accounting
internal import Domain

extension Router {
    /// What to expect of each model, with the rejections that no policy can relax.
    func candidates(for request: RoutingRequest, in fleet: FleetSnapshot) -> [Candidate] {
        let needs = Needs(request)
        var candidates: [Candidate] = []
        candidates.reserveCapacity(profiles.count)
        for index in profiles.indices {
            candidates.append(candidate(index, for: request, needs, fleet.models[index]))
        }
        return candidates
    }

    func candidate(_ index: Int, for request: RoutingRequest, _ needs: Needs, _ state: ModelSnapshot) -> Candidate {
        let profile = profiles[index]
        let length = request.lengths?[index]
        let outputTokens = length?.tokens ?? needs.outputTokens
        let cost = profile.prices.expectedCost(inputTokens: needs.inputTokens, outputTokens: outputTokens)
        let carbon = profile.carbon.estimate(inputTokens: needs.inputTokens, outputTokens: outputTokens)
        let latency = state.latencyNanoseconds(ofLength: length?.ofUsual ?? 1)
        let quality = request.qualities?[index] ?? profile.quality
        let load = max(Double(state.active) / Double(max(state.slots, 1)), state.pressure)
        return Candidate(
            index: index,
            outputTokens: outputTokens,
            expectedCost: cost,
            quality: quality,
            carbon: carbon,
            score: nil,
            rejection: rejection(index, for: request, needs) ?? rejection(for: state.availability)
                ?? rejection(index, by: request.purse),
            latencyNanoseconds: latency,
            terms: Terms(
                cost: cost.dollars / max(state.successRate, settings.successRateMin),
                latency: Double(latency) * (1 + load),
                quality: quality * state.successRate,
                headroom: 1 - state.utilisation,
                carbon: Double(carbon.central.micrograms)
            ),
            misses: needs.misses(cost: cost, latency: latency, quality: quality, carbon: carbon.central)
        )
    }

    private func rejection(_ index: Int, for request: RoutingRequest, _ needs: Needs) -> Rejection? {
        let profile = profiles[index]
        if let only = request.only, !only.contains(catalogue.models[index].id) { return .notAllowed }
        if profile.endpoints & needs.endpoint == 0 { return .endpointNotServed }
        if needs.features & ~profile.features != 0 {
            let missing = Model.Feature.allCases.first {
                needs.features & ~profile.features & 1 << UInt8($0.ordinal) != 0
            }
            return missing.map { .featureMissing($0) }
        }
        if let capability = needs.capability, needs.capabilities & profile.capabilities == 0 {
            return .capabilityMissing(capability)
        }
        if needs.contextTokens > profile.contextWindow {
            return .contextTooSmall(tokensNeeded: needs.contextTokens, window: profile.contextWindow)
        }
        if needs.outputTokensMax > profile.outputTokensMax {
            return .outputTooLong(tokensAsked: needs.outputTokensMax, limit: profile.outputTokensMax)
        }
        return nil
    }

    /// The rejection of a model for which a hold would not fit.
    private func rejection(_ index: Int, by purse: Purse?) -> Rejection? {
        guard let purse else { return nil }
        let need = profiles[index].holdRate.charge(
            inputTokens: purse.inputTokens,
            outputTokens: purse.outputTokens
        )
        return purse.shortMeasure(of: need, at: index).map { .overBudget($0) }
    }

    private func rejection(for availability: Availability) -> Rejection? {
        switch availability {
        case .available: nil
        case .switchedOff: .switchedOff
        case .coolingDown(let until), .open(let until), .probing(let until): .coolingDown(until: until)
        }
    }

    /// Rejects models that are larger than a carbon-aware strategy wants, as far as that leaves one.
    ///
    /// A model whose size nobody knows is not held against it.
    func rejectLarge(_ candidates: inout [Candidate], for level: CarbonLevel) {
        reject(&candidates, beyond: level.billionsMax, \.billions) { .tooLarge(billions: $0, limit: $1) }
        reject(&candidates, beyond: level.bitsMax, \.bits) { .tooManyBits(bits: $0, limit: $1) }
    }

    /// Rejects models of other tiers than the first one in order that has a model with a free slot, or else one at all.
    ///
    /// A quota is a mean: a request that its tier can't serve goes to the next, and the ones after make up for it.
    func rejectOtherTiers(_ candidates: inout [Candidate], than order: [Tier], in fleet: FleetSnapshot) {
        func tier(_ candidate: Candidate) -> Tier { catalogue.models[candidate.index].tier }
        let open = candidates.filter(\.isOpen)
        let free = open.filter { !fleet.models[$0.index].isFull }
        let wanted = [free, open].lazy.compactMap { able in
            order.first { wanted in able.contains { tier($0) == wanted } }
        }
        guard let wanted = wanted.first else { return }
        for place in candidates.indices where candidates[place].isOpen && tier(candidates[place]) != wanted {
            candidates[place].rejection = .outsideQuota(wanted)
        }
    }

    private func reject(
        _ candidates: inout [Candidate],
        beyond limit: Double,
        _ value: KeyPath<ModelProfile, Double>,
        _ rejection: (Double, Double) -> Rejection
    ) {
        let places = candidates.indices.filter { candidates[$0].isOpen }
        guard places.contains(where: { profiles[$0][keyPath: value] <= limit }) else { return }
        for index in places where profiles[index][keyPath: value] > limit {
            candidates[index].rejection = rejection(profiles[index][keyPath: value], limit)
        }
    }

    /// Rejects full models where another one has a free slot.
    ///
    /// - Returns: Whether none has, so that the request has to wait for one.
    func rejectFull(_ candidates: inout [Candidate], in fleet: FleetSnapshot) -> Bool {
        var hasFree = false
        var hasFull = false
        for index in candidates.indices where candidates[index].isOpen {
            if fleet.models[index].isFull { hasFull = true } else { hasFree = true }
        }
        guard hasFree, hasFull else { return hasFull }
        for index in candidates.indices where candidates[index].isOpen && fleet.models[index].isFull {
            candidates[index].rejection = .atCapacity(slots: fleet.models[index].slots)
        }
        return false
    }
}
