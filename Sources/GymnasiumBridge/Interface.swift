internal import Environment

// The C interface: python/llm_router_env/_library.py has the same functions in the same order. Arrays are the caller's, as
// long as said; nothing keeps a pointer. A function that can fail says what is wrong in `error`, a text of at most `size`
// bytes with its end. Another order or meaning of parameters is another ``version()``.

/// Which interface this is: a package made for another one refuses to load it.
@c(llm_router_version)
public func version() -> Int32 { 1 }

/// Writes the figures of a preset: cost, mean and deviation of latency, quality; and its name.
///
/// - Parameters:
///   - index: Its number, from 0.
///   - figures: Room for four numbers.
///   - name: Room for its name.
///   - size: How many bytes of room the name has.
/// - Returns: 1, or 0 if there are not so many.
@c(llm_router_preset)
public func preset(
    _ index: Int32,
    _ figures: UnsafeMutablePointer<Double>,
    _ name: UnsafeMutablePointer<CChar>,
    _ size: Int32
) -> Int32 {
    guard ModelConfig.presets.indices.contains(Int(index)) else { return 0 }
    let model = ModelConfig.presets[Int(index)]
    figures[0] = model.costPerCall
    figures[1] = model.latencyMean
    figures[2] = model.latencyStandardDeviation
    figures[3] = model.qualityScore
    copy(model.name, to: name, size: size)
    return 1
}

/// Makes environments that wait for their first reset.
///
/// - Parameters:
///   - models: Four numbers a model, as ``preset(_:_:_:_:)`` writes them.
///   - modelCount: How many models there are.
///   - reward: Weights of cost and quality, penalty and limit of latency, penalty of missing quality.
///   - options: Dynamics, steps of an episode, whether observations tell the required quality, and whether the steps
///     that are left, what follows an episode, and how many environments.
///   - limits: The budget in dollars, and how many prompts a queue holds.
///   - error: Room for what is wrong.
///   - size: How many bytes of room that has.
/// - Returns: A handle to be ended by ``destroy(_:)``; null, with the reason, for settings that make no sense.
@c(llm_router_create)
public func create(
    _ models: UnsafePointer<Double>,
    _ modelCount: Int32,
    _ reward: UnsafePointer<Double>,
    _ options: UnsafePointer<Int64>,
    _ limits: UnsafePointer<Double>,
    _ error: UnsafeMutablePointer<CChar>,
    _ size: Int32
) -> UnsafeMutableRawPointer? {
    guard let dynamics = EnvironmentSettings.Dynamics(rawValue: Int(options[0])),
        let autoreset = EnvironmentBatch.Autoreset(rawValue: Int(options[4]))
    else {
        copy("there is no such level, or no such mode of autoreset", to: error, size: size)
        return nil
    }
    let configs = (0..<Int(modelCount)).map { index in
        ModelConfig(
            name: "model \(index)",
            costPerCall: models[4 * index],
            latencyMean: models[4 * index + 1],
            latencyStandardDeviation: models[4 * index + 2],
            qualityScore: models[4 * index + 3]
        )
    }
    let weights = RewardConfig(
        costWeight: reward[0],
        qualityWeight: reward[1],
        latencyPenalty: reward[2],
        slaThreshold: reward[3],
        qualityMissPenalty: reward[4]
    )
    var settings = EnvironmentSettings(models: configs, reward: weights, dynamics: dynamics)
    settings.episodeLength = Int(options[1])
    settings.includesQualityRequired = options[2] != 0
    settings.includesStepsRemaining = options[3] != 0
    (settings.budget, settings.maxQueueDepth) = (limits[0], limits[1])
    do throws(EnvironmentError) {
        return Batch(try EnvironmentBatch(settings, count: Int(options[5]), autoreset: autoreset)).handle
    } catch let failure {
        copy(failure.message, to: error, size: size)
        return nil
    }
}

/// Lets go of environments; their handle means nothing from then on.
@c(llm_router_destroy)
public func destroy(_ handle: UnsafeMutableRawPointer) { Batch.end(handle) }

/// Begins an episode in one environment.
///
/// - Parameters:
///   - handle: The environments.
///   - index: The environment's number.
///   - seed: What decides the episode's chance.
///   - observation: Room for what the agent sees.
@c(llm_router_reset)
public func reset(
    _ handle: UnsafeMutableRawPointer,
    _ index: Int64,
    _ seed: UInt64,
    _ observation: UnsafeMutablePointer<Float>
) {
    let batch = Batch.of(handle)
    guard (0..<batch.environments.count).contains(Int(index)) else { return }
    batch.environments.reset(Int(index), seed: seed)
    let size = batch.environments.settings.observationSize
    let start = Int(index) * size
    for place in 0..<size { observation[place] = batch.environments.observations[start + place] }
}

/// Says what decides the chance of the next episode that an environment begins by itself.
///
/// - Parameters:
///   - handle: The environments.
///   - index: The environment's number.
///   - seed: What decides the episode's chance.
@c(llm_router_seed_next)
public func seedNext(_ handle: UnsafeMutableRawPointer, _ index: Int64, _ seed: UInt64) {
    let batch = Batch.of(handle)
    guard (0..<batch.environments.count).contains(Int(index)) else { return }
    batch.environments.setNextSeed(Int(index), seed)
}

/// Takes a step in each environment.
///
/// - Parameters:
///   - handle: The environments.
///   - actions: A model's number for each.
///   - observations: Room for what the agents see, row by row.
///   - finalObservations: Room as large, for what they saw at the end of episodes that were followed in the same step.
///   - figures: Room for seven numbers for each, figure by figure: reward, cost, quality, latency, what is left of the
///     budget, complexity, and required quality.
///   - flags: Room for six bytes for each, flag by flag: terminated, truncated, begun by itself, late, worse than
///     required, and failed.
///   - error: Room for what is wrong.
///   - size: How many bytes of room that has.
/// - Returns: 0; or 1, with the reason, for an action that is no model, and 2 for an episode that is over.
@c(llm_router_step)
public func step(
    _ handle: UnsafeMutableRawPointer,
    _ actions: UnsafePointer<Int64>,
    _ observations: UnsafeMutablePointer<Float>,
    _ finalObservations: UnsafeMutablePointer<Float>,
    _ figures: UnsafeMutablePointer<Double>,
    _ flags: UnsafeMutablePointer<UInt8>,
    _ error: UnsafeMutablePointer<CChar>,
    _ size: Int32
) -> Int32 {
    let batch = Batch.of(handle)
    do throws(EnvironmentError) {
        try batch.step(actions)
    } catch let failure {
        copy(failure.message, to: error, size: size)
        return failure == .notReset ? 2 : 1
    }
    let environments = batch.environments
    environments.observations.withUnsafeBufferPointer { values in
        if let start = values.baseAddress { observations.update(from: start, count: values.count) }
    }
    environments.finalObservations.withUnsafeBufferPointer { values in
        if let start = values.baseAddress { finalObservations.update(from: start, count: values.count) }
    }
    let count = environments.count
    for index in 0..<count {
        let step = environments.steps[index]
        figures[index] = step.reward
        figures[count + index] = step.cost
        figures[2 * count + index] = step.quality
        figures[3 * count + index] = step.latency
        figures[4 * count + index] = step.budgetRemaining
        figures[5 * count + index] = step.complexity
        figures[6 * count + index] = step.qualityRequired
        flags[index] = step.isTerminated ? 1 : 0
        flags[count + index] = step.isTruncated ? 1 : 0
        flags[2 * count + index] = environments.hasReset[index] ? 1 : 0
        flags[3 * count + index] = step.violatesSLA ? 1 : 0
        flags[4 * count + index] = step.violatesQuality ? 1 : 0
        flags[5 * count + index] = step.isFailed ? 1 : 0
    }
    return 0
}
