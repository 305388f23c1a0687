internal import Budgets
internal import Configuration
internal import Domain
internal import Planning

/// The catalogue as plans see it: tiers of rising quality, and the groups of those who ask.
struct PlannedFleet: Hashable, Sendable {
    /// A tier that models for chat belong to.
    struct Rung: Hashable, Sendable {
        let tier: Tier
        /// What a request that it serves counts, 0 to 1.
        let quality: Double
        /// The mean of its models' scores in the registry, 0 to 1.
        let score: Double
        /// Its models' places in the catalogue.
        let models: [Int]
    }

    /// Requests that are promised a quality together.
    struct Group: Hashable, Sendable {
        let id: String
        /// Whose requests it has; `nil` for all that no other group fits.
        let scope: Budget.Scope?
        let priorityMin: Int?
        let isExempt: Bool
        let qualityLow: Double
        let qualityHigh: Double
    }

    /// The tiers from the lowest.
    let rungs: [Rung]
    /// The groups in their order, that of all others last.
    let groups: [Group]

    /// The fleet of a catalogue; `nil` where there are not two tiers to choose from.
    init?(_ settings: Settings.Planner, _ catalogue: Catalogue) {
        var models: [Tier: [Int]] = [:]
        for (index, model) in catalogue.models.enumerated()
        where !model.endpoints.isDisjoint(with: [.chat, .completions]) {
            models[model.tier, default: []].append(index)
        }
        let declared = Dictionary(settings.tiers.map { ($0.id, $0.quality) }) { first, _ in first }
        let rungs = models.map { tier, models in
            let mean = models.reduce(0) { $0 + catalogue.models[$1].quality } / Double(models.count)
            return Rung(tier: tier, quality: declared[tier] ?? mean, score: mean, models: models)
        }
        // Of tiers that count the same, none is above the other: the dearer one would never be planned.
        var rising: [Rung] = []
        for rung in rungs.sorted(by: { ($0.quality, $0.tier.rawValue) < ($1.quality, $1.tier.rawValue) }) {
            if let last = rising.last, rung.quality - last.quality < 1e-6 { continue }
            rising.append(rung)
        }
        guard rising.count > 1, let lowest = rising.first?.quality, let best = rising.last?.quality else { return nil }
        self.rungs = rising
        func between(_ quality: Double?, or usual: Double) -> Double { min(max(quality ?? usual, lowest), best) }
        groups =
            settings.groups.map { group in
                Group(
                    id: group.id,
                    scope: group.budgetScope,
                    priorityMin: group.priorityMin,
                    isExempt: group.isExempt,
                    qualityLow: group.isExempt ? best : between(group.qualityLow, or: lowest),
                    qualityHigh: group.isExempt ? best : between(group.qualityHigh, or: best)
                )
            } + [
                Group(
                    id: Settings.PlannerGroup.defaultID,
                    scope: nil,
                    priorityMin: nil,
                    isExempt: false,
                    qualityLow: lowest,
                    qualityHigh: best
                )
            ]
    }

    /// The tiers' names, the lowest first.
    var tiers: [Tier] { rungs.map(\.tier) }

    /// The place of the group that a request is of.
    func group(of payer: Payer, tags: [String], priority: Int) -> Int {
        groups.firstIndex { group in
            group.scope.map { $0.covers(payer, tags: tags) } ?? true && group.priorityMin.map { priority >= $0 } ?? true
        } ?? groups.count - 1
    }

    /// The place of the group that plans call `id`, that of all others where there is none.
    func group(named id: String) -> Int { groups.firstIndex { $0.id == id } ?? groups.count - 1 }

    /// The place of the tier that a model is of; `nil` of none that plans know.
    func rung(ofModel index: Int) -> Int? { rungs.firstIndex { $0.models.contains(index) } }

    /// The groups as a scenario has them: its hours say what each asks, so weights are but a matter of form.
    var userGroups: [UserGroup] {
        groups.map { group in
            UserGroup(
                name: group.id,
                weight: 1 / Double(groups.count),
                qualityLow: group.qualityLow,
                qualityHigh: group.qualityHigh
            )
        }
    }
}

extension Budget.Scope {
    /// Whether a payer's requests with these tags are of it; a model's are nobody's before one is chosen.
    func covers(_ payer: Payer, tags: [String]) -> Bool {
        switch self {
        case .everyone: true
        case .organisation(let id): payer.organisation == id
        case .team(let id): payer.team == id
        case .key(let id): payer.key == id
        case .tag(let tag): tags.contains(tag)
        case .model: false
        }
    }
}
