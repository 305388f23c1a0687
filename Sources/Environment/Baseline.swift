internal import Domain
internal import Glibc

/// A rule that needs no training.
public struct Baseline: Agent, Sendable {
    /// How it chooses.
    public enum Rule: Hashable, Sendable {
        /// Always this model.
        case constant(Int)
        /// Any model.
        case random
        /// One model after the other.
        case roundRobin
        /// The model that charges least.
        case cheapestFirst
        /// The model with the shortest queue for each of its slots, the first of those alike.
        case leastQueue
        /// The model of the highest expected reward: an oracle of one step, which knows the environment's figures.
        case greedy
        /// As ``greedy``, with a price on dollars that rises while they are spent too fast for the steps that are left.
        ///
        ///     λ ← max(w_c, λ·exp(η·min(5, cost / (budget left / steps left) − 1)))
        ///
        /// A multiplicative update of the budget's dual price: Balseiro and Gur, "Learning in repeated auctions with
        /// budgets", 2019, section 3. `crowding` prices queues as well: what a second takes away that the next request would
        /// wait for the same model, at a load of 1. Where it is 0, only the request itself counts.
        case pacing(rate: Double, crowding: Double)

        /// Pacing with figures that do well with loose and tight budgets alike; neither matters much.
        public static let usualPacing = Self.pacing(rate: 0.05, crowding: 0.03)

        /// What reports call it.
        public func name(of models: [ModelConfig]) -> String {
            switch self {
            case .constant(let model): "always \(models.indices.contains(model) ? models[model].name : "\(model)")"
            case .random: "random"
            case .roundRobin: "round-robin"
            case .cheapestFirst: "cheapest-first"
            case .leastQueue: "least-queue"
            case .greedy: "greedy one-step oracle"
            case .pacing(let rate, 0): "pacing (rate \(rate))"
            case .pacing(let rate, let crowding): "pacing (rate \(rate), crowding \(crowding))"
            }
        }
    }

    /// How it chooses.
    public let rule: Rule
    /// λ: what a dollar takes away at present, for ``Rule/pacing(rate:crowding:)``.
    public private(set) var costWeight = 0.0
    private var generator: SeededGenerator
    private var next = 0

    /// A rule; `seed` decides the chance of ``Rule/random``.
    public init(_ rule: Rule, seed: UInt64 = 0) {
        self.rule = rule
        generator = SeededGenerator(seed: seed)
    }

    /// A round begins at the first model, and λ at the reward's weight.
    public mutating func begin(_ environment: RouterEnvironment) {
        next = 0
        costWeight = environment.settings.reward.costWeight
    }

    /// The rule's choice.
    public mutating func action(in environment: RouterEnvironment) -> Int {
        let models = environment.settings.models
        switch rule {
        case .constant(let model): return model
        case .random: return Int.random(in: models.indices, using: &generator)
        case .roundRobin:
            defer { next = (next + 1) % models.count }
            return next
        case .cheapestFirst: return models.indices.min { models[$0].costPerCall < models[$1].costPerCall } ?? 0
        case .leastQueue:
            let loads = zip(environment.queues, environment.servers).map { $0 / $1.slots }
            return loads.indices.min { loads[$0] < loads[$1] } ?? 0
        case .greedy: return best(of: models.count, in: environment, crowding: 0)
        case .pacing(_, let crowding): return best(of: models.count, in: environment, crowding: crowding)
        }
    }

    private func best(of count: Int, in environment: RouterEnvironment, crowding: Double) -> Int {
        let price = crowding * environment.settings.traffic.load(atTime: environment.time)
        var best = (action: 0, worth: -Double.infinity)
        for action in 0..<count {
            let wait = price == 0 ? 0 : environment.nextWaiting(for: action)
            let worth = environment.expectedReward(of: action, costWeight: costWeight) - price * wait
            if worth > best.worth { best = (action, worth) }
        }
        return best.action
    }

    /// Moves λ.
    public mutating func observe(_ step: Step, in environment: RouterEnvironment) {
        guard case .pacing(let rate, _) = rule, !step.isLast else { return }
        let stepsLeft = Double(environment.settings.episodeLength - environment.stepCount)
        let pace = step.cost * stepsLeft / max(step.budgetRemaining, .leastNormalMagnitude)
        let least = environment.settings.reward.costWeight
        costWeight = max(least, costWeight * exp(rate * min(5, pace - 1)))
    }
}
