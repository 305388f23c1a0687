public import Accounting
public import Domain

/// Chooses a model for a request: filters, one score, fallbacks, and a reason for each.
///
/// A value without state, clock or chance of its own: the same request, fleet and draw give the same decision. Ties go
/// to the model that comes first in the catalogue.
public struct Router: Sendable {
    /// The models to choose from.
    public let catalogue: Catalogue
    /// Weights and shares.
    public let settings: RouterSettings
    /// What each model's requests take under its grid, in the catalogue's order.
    public let outlooks: [GridOutlook]
    let profiles: [ModelProfile]

    /// A router over `catalogue`, with what its models declare of their energy unless `outlooks` tell more.
    ///
    /// - Precondition: `outlooks` are of this catalogue's models.
    public init(
        catalogue: Catalogue,
        settings: RouterSettings = RouterSettings(),
        outlooks: [GridOutlook]? = nil
    ) {
        self.catalogue = catalogue
        self.settings = settings
        let outlooks = outlooks ?? catalogue.models.map { GridOutlook(declaredBy: $0.energy) }
        precondition(outlooks.count == catalogue.models.count, "the outlooks are of another catalogue")
        self.outlooks = outlooks
        profiles = zip(catalogue.models, outlooks).map(ModelProfile.init)
    }

    /// Decides `request` with chance from `generator`.
    ///
    /// - Precondition: `fleet` is of this router's catalogue.
    public func decide(
        _ request: RoutingRequest,
        fleet: FleetSnapshot,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        decide(request, fleet: fleet, draw: .random(in: 0..<1, using: &generator))
    }

    /// Decides `request`, with all its chance in one `draw` from 0 up to but not including 1.
    ///
    /// - Precondition: `fleet` is of this router's catalogue, and so are the request's `qualities` and `preferences`.
    /// - Complexity: O(models · (fallbacks + 1)), two allocations.
    public func decide(_ request: RoutingRequest, fleet: FleetSnapshot, draw: Double) -> Decision {
        precondition(fleet.models.count == profiles.count, "the snapshot is of another catalogue")
        precondition(request.qualities?.count ?? profiles.count == profiles.count, "qualities of another catalogue")
        precondition(request.gates?.count ?? profiles.count == profiles.count, "gates of another catalogue")
        let wanted = request.preferences?.values.count ?? profiles.count
        precondition(wanted == profiles.count, "preferences of another catalogue")
        var candidates = candidates(for: request, in: fleet)
        let relaxed: [Constraint]
        do {
            relaxed = try applyConstraints(of: request, to: &candidates)
        } catch {
            return refuse(request, with: error, candidates)
        }
        if let level = settings.carbonLevel(of: request.strategy) { rejectLarge(&candidates, for: level) }
        if let tiers = request.tiers { rejectOtherTiers(&candidates, than: tiers, in: fleet) }
        let mustQueue = rejectFull(&candidates, in: fleet)
        guard var preferred = score(&candidates, for: request, turn: fleet.turn) else {
            return refuse(request, with: .unserved, candidates)
        }
        var rivals: Rivals?
        if let preferences = request.preferences, let own = self.preferred(by: preferences, among: candidates) {
            rivals = Rivals(strategy: preferred.index, router: own, isRouterInForce: preferences.isInForce)
            if preferences.isInForce {
                score(&candidates, by: preferences)
                preferred = Preference(index: own, candidateCount: preferred.candidateCount, votesShare: 1)
            }
        }
        let pick = explore(from: preferred, among: candidates, for: request, in: fleet, draw: draw)
        var decision = Decision(
            strategy: request.strategy,
            choice: pick.index,
            fallbacks: fallbacks(after: pick.index, among: candidates, countMax: request.fallbacksMax),
            candidates: candidates,
            confidence: request.strategy.confidence(candidateCount: preferred.candidateCount),
            propensity: pick.propensity,
            reason: reason(for: pick, preferred, by: request.strategy, isPreferred: rivals?.isRouterInForce ?? false),
            relaxed: relaxed,
            mustQueue: mustQueue,
            refusal: nil
        )
        decision.rivals = rivals
        return decision
    }

    /// Whether the model at `index` would be up for choice for `request` with a free slot, as the fleet is now.
    public func accepts(_ index: Int, for request: RoutingRequest, fleet: FleetSnapshot) -> Bool {
        let state = fleet.models[index]
        let candidate = candidate(index, for: request, Needs(request), state)
        return candidate.rejection == nil && candidate.misses.isEmpty && !state.isFull
    }

    /// Whether any model of the catalogue offers `capability` on `endpoint`.
    ///
    /// A capability that was only inferred is better dropped than refused.
    public func serves(_ capability: Capability, on endpoint: Model.Endpoint) -> Bool {
        profiles.contains {
            $0.endpoints & 1 << UInt8(endpoint.ordinal) != 0 && $0.capabilities & 1 << UInt16(capability.ordinal) != 0
        }
    }

    private func refuse(_ request: RoutingRequest, with refusal: Refusal, _ candidates: [Candidate]) -> Decision {
        Decision(
            strategy: request.strategy,
            choice: nil,
            fallbacks: [],
            candidates: candidates,
            confidence: 0,
            propensity: 1,
            reason: .refused,
            relaxed: [],
            mustQueue: false,
            refusal: refusal
        )
    }

    private func reason(
        for pick: Pick,
        _ preferred: Preference,
        by strategy: Strategy,
        isPreferred: Bool
    ) -> Decision.Reason {
        if preferred.candidateCount == 1 { return .onlyCandidate }
        if isPreferred { return pick.index == preferred.index ? .preferred : .explored }
        return switch strategy {
        case .random: .drawn
        case _ where pick.index != preferred.index: .explored
        case .roundRobin: .turn
        case .ensemble: .votes(share: preferred.votesShare)
        case .costOptimized, .latencyOptimized, .qualityOptimized, .balanced, .cascade, .utility, .leastLoaded,
            .carbonAware, .carbonAggressive, .carbonBalanced, .carbonRelaxed:
            .bestScore
        }
    }
}
