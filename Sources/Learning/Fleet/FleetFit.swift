public import Environment
internal import Glibc

/// The world that a gateway has served, by what its ledger says: models and traffic for ``EnvironmentSettings``.
///
/// What a ledger can't tell stays as in `LLMRouter-v1`, in units of the fleet's own mean dollars and seconds.
public struct FleetFit: Sendable {
    /// An attempt of a model at a prompt.
    public struct Attempt: Hashable, Sendable {
        /// The model's name.
        public var model: String
        /// When it began, in seconds of Unix time.
        public var began: Double
        /// How long it took, in seconds.
        public var seconds: Double
        /// What it cost.
        public var dollars: Double
        /// What it emitted, in grams of CO2e; `nil` where that is not known.
        public var grams: Double?
        /// The tokens of its prompt.
        public var inputTokens: Int
        /// Whether it is its request's first one.
        public var isFirst: Bool
        /// Whether there was an answer.
        public var isAnswer: Bool
        /// The prompt's complexity, 0 to 1; `nil` where it is not known.
        public var complexity: Double?
        /// What the model is thought to be worth over all prompts, 0 to 1; `nil` where nobody says.
        public var quality: Double?
        /// What was said of the answer, 0 to 1; `nil` where nobody judged it.
        public var score: Double?

        /// An attempt with what every ledger knows of it.
        public init(model: String, began: Double, seconds: Double, dollars: Double, inputTokens: Int) {
            (self.model, self.began, self.seconds, self.dollars) = (model, began, seconds, dollars)
            (self.inputTokens, isFirst, isAnswer) = (inputTokens, true, true)
        }
    }

    /// Requests below which nothing is fitted.
    public static let requestsMin = 100
    /// Answers of a model below which it is left out.
    public static let answersMin = 20
    /// Judged answers of a model from which on they count instead of what it is thought to be worth.
    static let scoresMin = 20
    private static let spans = 64

    /// The models, by name.
    public let models: [ModelConfig]
    /// What they have served.
    public let traffic: Traffic
    /// Models with too few answers, and how many each has.
    public let leftOut: [(model: String, answers: Int)]
    /// How many judged answers qualities were fitted to.
    public let scoreCount: Int

    /// The world of these attempts, in any order.
    ///
    /// - Throws: ``TrainingError/unusable(_:)`` where they don't say enough, with what is missing.
    public init(_ attempts: [Attempt]) throws(TrainingError) {
        let requests = attempts.count(where: \.isFirst)
        guard requests >= Self.requestsMin else {
            throw .unusable("it has \(requests) requests that models were sent, and \(Self.requestsMin) are needed")
        }
        let answers = Dictionary(grouping: attempts.filter(\.isUsable), by: \.model)
        let told = answers.filter { $0.value.count >= Self.answersMin }
        leftOut = Set(attempts.map(\.model)).subtracting(told.keys).sorted().map { ($0, answers[$0]?.count ?? 0) }
        guard told.count >= 2 else {
            let counts = answers.map { "\($0.key) \($0.value.count)" }.sorted().joined(separator: ", ")
            throw .unusable(
                "two models with \(Self.answersMin) answers each are needed, and there are "
                    + (counts.isEmpty ? "none" : counts) + ": send some requests with the strategy random"
            )
        }
        let names = told.keys.sorted()
        let used = names.map { told[$0] ?? [] }
        let firsts = attempts.filter(\.isFirst)
        var traffic = Traffic(arrivalsOf: firsts.map(\.began))
        let complexities = firsts.compactMap(\.complexity).map { min(max($0, 0), 1) }
        if complexities.count >= Self.requestsMin {
            traffic.complexity = .quantiles(of: complexities, count: Self.spans)
            // Whether busy hours bring harder prompts is in these already, as far as it was so.
            traffic.complexityRise = 0
        }
        let tokens = firsts.map { Double(max($0.inputTokens, 0)) }.sorted()
        traffic.tokensOfFullLength = max(1, tokens[Int(0.99 * Double(tokens.count - 1))])
        let full = traffic.tokensOfFullLength
        func length(_ attempt: Attempt) -> Double { min(1, Double(max(attempt.inputTokens, 0)) / full) }
        let lengths = firsts.map(length)
        traffic.length = .quantiles(of: lengths, count: Self.spans)
        let meanLength = lengths.reduce(0, +) / Double(lengths.count)
        let dollars = LengthScale(used.map { $0.map { (length($0), $0.dollars) } }, meanLength: meanLength)
        let seconds = LengthScale(used.map { $0.map { (length($0), $0.seconds) } }, meanLength: meanLength)
        (traffic.costScale, traffic.latencyScale) = (dollars.scale, seconds.scale)
        let judged = AbilityFit(used, traffic)
        traffic.steepness = judged.steepness
        let meanSeconds = seconds.means.reduce(0, +) / Double(names.count)
        traffic.waitMax = 10 * meanSeconds
        models = names.indices.map { index in
            var model = ModelConfig(
                name: names[index],
                costPerCall: dollars.means[index],
                latencyMean: seconds.means[index],
                latencyStandardDeviation: seconds.deviations[index],
                qualityScore: judged.qualities[index]
            )
            model.ability = judged.abilities[index]
            let grams = used[index].compactMap(\.grams).filter { $0 >= 0 && $0.isFinite }
            if !grams.isEmpty { model.gramsPerCall = grams.reduce(0, +) / Double(grams.count) }
            let usual = max(1, (0.5 * traffic.arrivalRate * model.latencyMean).rounded())
            model.slots = max(usual, Double(used[index].mostAtOnce))
            return model
        }
        self.traffic = traffic
        scoreCount = judged.scoreCount
    }

    /// The world, with the reward of `LLMRouter-v1` in units of the fleet's mean dollars and seconds of a call.
    ///
    /// There a call of a mean model costs 0.05 of what a right answer is worth, the limit is three times the mean latency, and
    /// the budget is what all calls would cost if models took turns.
    public var settings: EnvironmentSettings {
        let count = Double(models.count)
        let dollars = models.reduce(0) { $0 + $1.costPerCall } / count
        let seconds = models.reduce(0) { $0 + $1.latencyMean } / count
        var reward = RewardConfig.balanced
        if dollars > 0 { reward.costWeight = 0.05 / dollars }
        (reward.latencyPenalty, reward.slaThreshold) = (0.5 / seconds, 3 * seconds)
        var settings = EnvironmentSettings(models: models, reward: reward, dynamics: .realistic)
        settings.traffic = traffic
        if dollars > 0 { settings.budget = dollars * Double(settings.episodeLength) }
        return settings
    }
}

extension FleetFit.Attempt {
    /// Whether it tells what the model takes: an answer, with figures that are some.
    fileprivate var isUsable: Bool {
        isAnswer && seconds > 0 && seconds.isFinite && dollars >= 0 && dollars.isFinite && began.isFinite
    }
}

extension [FleetFit.Attempt] {
    /// The largest number of them that were under way at the same time.
    fileprivate var mostAtOnce: Int {
        let ends = flatMap { [(at: $0.began, change: 1), (at: $0.began + $0.seconds, change: -1)] }
            .sorted { ($0.at, $0.change) < ($1.at, $1.change) }
        var (now, most) = (0, 0)
        for end in ends {
            now += end.change
            most = Swift.max(most, now)
        }
        return most
    }
}

extension Traffic {
    /// The usual traffic with arrivals as these: the mean rate of hours, and how it changes over the day.
    ///
    /// An hour that was hardly seen is taken to be as the mean.
    fileprivate init(arrivalsOf began: [Double]) {
        self.init()
        let first = began.min() ?? 0
        // Less than a second says nothing of what a second brings.
        let last = Swift.max(began.max() ?? 0, first + 1)
        let mean = Double(began.count) / (last - first)
        var (counts, exposures) = ([Double](repeating: 0, count: 24), [Double](repeating: 0, count: 24))
        for time in began { counts[Self.hour(of: time)] += 1 }
        var time = first
        while time < last {
            let next = Swift.min(last, (floor(time / 3600) + 1) * 3600)
            exposures[Self.hour(of: time)] += next - time
            time = next
        }
        // As if each hour had been seen for ten minutes more at the mean rate.
        let rates = zip(counts, exposures).map { ($0 + 600 * mean) / ($1 + 600) }
        arrivalRate = rates.reduce(0, +) / 24
        load = .hourly(rates.map { 0.5 * $0 / arrivalRate })
    }

    private static func hour(of seconds: Double) -> Int {
        let ofDay = seconds - floor(seconds / 86_400) * 86_400
        return Swift.min(23, Int(ofDay / 3600))
    }
}
