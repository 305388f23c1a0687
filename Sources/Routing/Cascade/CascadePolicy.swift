public import Domain

/// When an answer is not good enough and a better model is asked as well: ``Strategy/cascade``.
///
/// The cheapest model that meets a request's constraints answers first. Its answer is checked (``AnswerCheck``), and where
/// it does not pass, a better model's is bought, as far as the client's limits and its worth allow. Both are charged.
public struct CascadePolicy: Hashable, Sendable {
    /// An answer whose form is worse than this does not pass, 0 to 1.
    public var qualityMin: Double
    /// One that seems as unsure as this, or more, does not pass, 0 to 1.
    public var uncertaintyMax: Double
    /// How much better a model is expected to be at least, 0 to 1, to be asked as well.
    public var gainMin: Double
    /// How many more models may be asked.
    public var escalationsMax: Int
    /// What a whole point of quality may cost; `nil` for whatever the client's limits allow.
    public var pricePerQualityMax: Money?

    /// By default one better model is asked, where the answer is broken, empty or says that it is unsure.
    ///
    /// The cost-aware router's 0.6 of uncertainty would have every answer of fewer than ten words be given twice.
    public init(
        qualityMin: Double = 0.6,
        uncertaintyMax: Double = 0.75,
        gainMin: Double = 0.05,
        escalationsMax: Int = 1,
        pricePerQualityMax: Money? = nil
    ) {
        self.qualityMin = qualityMin
        self.uncertaintyMax = uncertaintyMax
        self.gainMin = gainMin
        self.escalationsMax = escalationsMax
        self.pricePerQualityMax = pricePerQualityMax
    }

    /// Why an answer does not pass.
    public enum Doubt: Hashable, Sendable {
        /// It is not what was asked for.
        case fault(AnswerCheck.Fault)
        /// Its form is poor.
        case poor
        /// It seems unsure.
        case unsure
    }

    /// Why no better model is asked although an answer does not pass.
    public enum Obstacle: String, CaseIterable, Hashable, Sendable {
        /// As many models were asked as may be.
        case escalations
        /// No other model that may answer is that much better.
        case noBetterModel = "no_better_model"
        /// It would take more than the client's limit on cost, or than the gain is worth.
        case cost
        /// It would take longer than the client's limit.
        case latency
        /// A budget or a rate limit has no room for it.
        case budget
        /// Those that would do are busy or away.
        case busy
        /// The one that was asked gave no answer, or a worse one.
        case noBetterAnswer = "no_better_answer"
    }

    /// What to do about an answer.
    public enum Step: Hashable, Sendable {
        /// It passes.
        case accept
        /// The model at this place in the catalogue is asked as well.
        case escalate(to: Int, because: Doubt)
        /// It is the best that can be had.
        case keep(Doubt, Obstacle)
    }

    /// A model that may be asked.
    public struct Option: Hashable, Sendable {
        /// Its place in the catalogue.
        public let index: Int
        /// Expected quality of its answer, 0 to 1.
        public let quality: Double
        /// What its answer is expected to cost.
        public let cost: Money
        /// How long it is expected to take.
        public let latency: Duration

        /// The model at `index` with what is expected of it.
        public init(index: Int, quality: Double, cost: Money, latency: Duration) {
            (self.index, self.quality, self.cost, self.latency) = (index, quality, cost, latency)
        }
    }

    /// What is left of a request's limits; `nil` where there are none.
    public struct Room: Hashable, Sendable {
        /// What the client still pays for.
        public var cost: Money?
        /// How long it still waits.
        public var latency: Duration?

        /// The room in these limits.
        public init(cost: Money? = nil, latency: Duration? = nil) { (self.cost, self.latency) = (cost, latency) }
    }

    /// Why an answer does not pass; `nil` if it does.
    public func doubt(_ check: AnswerCheck) -> Doubt? {
        // What was asked for in so many words does not depend on a weight; repetition has one.
        let fault = AnswerCheck.Fault.allCases.first { $0 != .repetitive && check.faults.contains($0) }
        if let fault { return .fault(fault) }
        if check.quality < qualityMin { return check.faults.contains(.repetitive) ? .fault(.repetitive) : .poor }
        return check.uncertainty >= uncertaintyMax ? .unsure : nil
    }

    /// What to do about an answer of a model with an expected quality of `quality`.
    ///
    /// The cheapest of the models that are better by ``gainMin`` is asked; of those that cost the same, the best.
    ///
    /// - Parameters:
    ///   - check: What is thought of the answer.
    ///   - quality: What was expected of the model, 0 to 1.
    ///   - options: The models that have not been asked.
    ///   - room: What is left of the request's limits, the attempts so far charged.
    ///   - escalations: How many models were asked after the first.
    /// - Returns: Whether it is given, and if not, which model is asked, or why none is.
    public func step(
        _ check: AnswerCheck,
        of quality: Double,
        options: [Option],
        within room: Room,
        escalations: Int
    ) -> Step {
        guard let doubt = doubt(check) else { return .accept }
        guard escalations < escalationsMax else { return .keep(doubt, .escalations) }
        // Differences of decimals are off by a little: 0.35 − 0.3 is to be 0.05.
        let better = options.filter { $0.quality - quality >= gainMin - 1e-9 && $0.quality > quality }
        guard !better.isEmpty else { return .keep(doubt, .noBetterModel) }
        let payable = better.filter { isWorthwhile($0, gain: $0.quality - quality, within: room) }
        guard !payable.isEmpty else { return .keep(doubt, .cost) }
        let quick = payable.filter { $0.latency <= room.latency ?? .nanoseconds(Int64.max) }
        guard let next = quick.min(by: { ($0.cost, -$0.quality) < ($1.cost, -$1.quality) }) else {
            return .keep(doubt, .latency)
        }
        return .escalate(to: next.index, because: doubt)
    }

    private func isWorthwhile(_ option: Option, gain: Double, within room: Room) -> Bool {
        if let left = room.cost, option.cost > left { return false }
        guard let price = pricePerQualityMax else { return true }
        return Double(option.cost.nanodollars) <= (gain + 1e-9) * Double(price.nanodollars)
    }
}

extension CascadePolicy.Doubt {
    /// The doubt's name on the wire.
    public var code: String {
        switch self {
        case .fault(let fault): fault.rawValue
        case .poor: "poor"
        case .unsure: "unsure"
        }
    }
}
