internal import Domain

/// A day's prompts and the models to send them to: an episode is up to a thousand choices under one budget.
///
/// States: made (``step(_:)`` throws), in an episode (from ``reset()`` on), over (after a step that is the last one). All
/// chance comes from one generator, in this order for a reset: the time, the queues, the first prompt; and for a step: the
/// answer (latency, then quality where it is drawn), what becomes of the queues, the next prompt (complexity, length, requirement).
/// Stepping allocates nothing.
public struct RouterEnvironment: Sendable {
    /// Which world it is.
    public let settings: EnvironmentSettings
    /// The time of day: 0 at midnight, 0.5 at noon.
    public internal(set) var time = 0.0
    /// Dollars that are left.
    public internal(set) var budgetRemaining = 0.0
    /// Prompts answered or failed in this episode.
    public internal(set) var stepCount = 0
    /// How many requests wait for each model or are worked on.
    public internal(set) var queues: [Double]
    let servers: [Server]
    var prompt = Prompt()
    var generator = SeededGenerator(seed: 0)
    private var isInEpisode = false
    /// Whether ``EnvironmentSettings/traffic`` need not be asked for loads and prompts: copies of what it may hold take longer.
    private let isAsRegistered: Bool

    /// An environment that waits for its first ``reset(seed:)``.
    ///
    /// - Throws: ``EnvironmentError`` for settings that make no sense.
    public init(_ settings: EnvironmentSettings) throws(EnvironmentError) {
        try settings.check()
        self.settings = settings
        servers = settings.models.map { Server($0, in: settings.traffic) }
        queues = Array(repeating: 0, count: servers.count)
        isAsRegistered = settings.traffic.isAsRegistered
    }

    /// Begins an episode whose chance `seed` decides.
    public mutating func reset(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        reset()
    }

    /// Begins an episode, with chance that goes on from the one before.
    public mutating func reset() {
        stepCount = 0
        budgetRemaining = settings.budget
        time = generator.uniform()
        for index in queues.indices { queues[index] = min(0.2 * generator.uniform(), settings.maxQueueDepth) }
        drawPrompt(atLoad: load)
        isInEpisode = true
    }

    @inline(__always)
    private var load: Double {
        isAsRegistered ? Traffic.sinusoid(atTime: time) : settings.traffic.load(atTime: time)
    }

    @inline(__always)
    private mutating func drawPrompt(atLoad load: Double) {
        guard isAsRegistered else {
            prompt = settings.traffic.prompt(atLoad: load, using: &generator)
            return
        }
        let complexity = generator.secondLeast(ofPairs: 3)
        let length = generator.secondLeast(ofPairs: 2)
        prompt = Prompt(
            length: length,
            complexity: complexity,
            rise: settings.traffic.complexityRise,
            load: load,
            noise: generator.normal()
        )
    }

    /// Sends the prompt to the model of this number, and lets the next one come.
    ///
    /// - Returns: What came of it.
    /// - Throws: ``EnvironmentError/notReset`` and ``EnvironmentError/noSuchAction(_:models:)``.
    public mutating func step(_ action: Int) throws(EnvironmentError) -> Step {
        guard isInEpisode else { throw .notReset }
        guard queues.indices.contains(action) else { throw .noSuchAction(action, models: queues.count) }
        var step = answer(by: action)
        step.model = action
        step.complexity = prompt.complexity
        step.qualityRequired = prompt.qualityRequired
        step.violatesQuality = step.quality < prompt.qualityRequired
        step.violatesSLA = step.latency > settings.reward.slaThreshold
        step.reward = settings.reward(
            cost: step.cost,
            quality: step.quality,
            latency: step.latency,
            required: prompt.qualityRequired
        )
        budgetRemaining = max(0, budgetRemaining - step.cost)
        step.budgetRemaining = budgetRemaining
        stepCount += 1
        time += 1 / 1440
        if time >= 1 { time -= 1 }
        let load = load
        moveQueues(after: step, load: load)
        drawPrompt(atLoad: load)
        step.isTerminated = budgetRemaining <= 0
        step.isTruncated = stepCount >= settings.episodeLength
        isInEpisode = !step.isLast
        return step
    }

    /// The same, and writes what an agent may see then, as ``observe(into:at:)`` does.
    ///
    /// In one call: an element of an array is changed where it is, but copied to be looked at, which takes a fifth of a step.
    @inline(__always)
    mutating func step(
        _ action: Int,
        observing observation: inout [Float],
        at start: Int
    ) throws(EnvironmentError) -> Step {
        let step = try step(action)
        observe(into: &observation, at: start)
        return step
    }

    /// Cost, quality and latency of an answer by this model, and whether there is none.
    @inline(__always)
    private mutating func answer(by action: Int) -> Step {
        let server = servers[action]
        let latency = max(0.01, server.latencyMean + server.latencyDeviation * generator.normal())
        var step = Step()
        switch settings.dynamics {
        case .upstream:
            let ideal = 1 - (1 - server.quality) * (0.5 + 0.5 * prompt.complexity)
            (step.cost, step.latency) = (server.cost, latency)
            step.quality = (ideal + 0.02 * generator.normal()).clippedToUnit
        case .literal:
            (step.cost, step.latency) = (server.cost, latency)
            step.quality = (server.quality + 0.02 * generator.normal()).clippedToUnit
        case .realistic:
            let waiting = server.waiting(behind: queues[action])
            guard waiting <= settings.traffic.waitMax, queues[action] < settings.maxQueueDepth else {
                (step.latency, step.isFailed) = (settings.traffic.waitMax, true)
                return step
            }
            step.cost = server.cost * settings.traffic.costScale(prompt.length)
            step.latency = latency * settings.traffic.latencyScale(prompt.length) + waiting
            step.quality = server.solving(prompt.complexity)
        }
        return step
    }

    /// The request joins its queue; then time passes until the next prompt.
    @inline(__always)
    private mutating func moveQueues(after step: Step, load: Double) {
        let queue = queues[step.model]
        guard settings.dynamics == .realistic else {
            queues[step.model] = min(settings.maxQueueDepth, queue + generator.exponential(mean: 2))
            for index in queues.indices { queues[index] *= 0.9 + 0.08 * generator.uniform() }
            return
        }
        if !step.isFailed { queues[step.model] = min(settings.maxQueueDepth, queue + 1) }
        let seconds = generator.exponential(mean: 1 / (2 * settings.traffic.arrivalRate * load))
        for index in queues.indices {
            let busy = min(queues[index], servers[index].slots)
            queues[index] = max(0, queues[index] - busy * seconds / servers[index].latencyMean)
        }
    }

    /// Writes what an agent may see: length, complexity, queues, time, budget, and what the settings add; 0 to 1 each.
    ///
    /// - Parameters:
    ///   - observation: Where to write, ``EnvironmentSettings/observationSize`` numbers.
    ///   - start: The place of the first one.
    /// - Precondition: There is room for all of them.
    public func observe(into observation: inout [Float], at start: Int = 0) {
        precondition(start >= 0 && start + settings.observationSize <= observation.count, "room for an observation")
        observation[start] = Float(prompt.length)
        observation[start + 1] = Float(prompt.complexity)
        var place = start + 2
        for queue in queues {
            observation[place] = Float(queue / settings.maxQueueDepth)
            place += 1
        }
        observation[place] = Float(time)
        observation[place + 1] = Float(budgetRemaining / settings.budget)
        place += 2
        if settings.includesQualityRequired {
            observation[place] = Float(prompt.qualityRequired)
            place += 1
        }
        if settings.includesStepsRemaining {
            observation[place] = Float(1 - Double(stepCount) / Double(settings.episodeLength))
        }
    }

    /// What an agent may see, as a new array.
    public var observation: [Float] {
        var observation = [Float](repeating: 0, count: settings.observationSize)
        observe(into: &observation)
        return observation
    }
}
