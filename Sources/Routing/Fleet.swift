public import Domain
internal import Synchronization

/// The run-time state of every model of a catalogue: slots, availability, recent calls, turns.
///
/// Safe to use from any thread. Slots and rests are atomics; each model's calls and health have a lock of their own that
/// is held for a few additions. Indices are those of the catalogue, and instants are nanoseconds of the monotonic clock.
public final class Fleet: Sendable {
    /// What the registry says of a model that the state is judged by.
    struct Declared: Sendable {
        let id: ModelID
        /// Where it answers, and under which name.
        let baseURL, upstreamName: String
        /// In nanoseconds.
        let latency: Int64

        init(_ model: Model) {
            (id, baseURL, upstreamName) = (model.id, model.baseURL, model.upstreamName)
            latency = max(model.latencyPrior.nanoseconds, 0)
        }
    }

    /// A probe is soon back: whoever asks meanwhile is told to ask again after so long.
    private static let probeNanoseconds: Int64 = 250_000_000

    /// How many calls of each model are remembered.
    public let windowSize: Int
    /// How many calls the registry's figures count for.
    public let priorWeight: Double
    /// How the models' health is judged.
    public let health: HealthSettings
    let declared: [Declared]
    let states: [ModelState]
    /// How many states this fleet and those before it have had: the next one's number.
    private let statesMade: Int
    /// The next turn for each endpoint and capability.
    private let turns = Mutex([UInt64](repeating: 0, count: Turns.count))

    /// The state of a fleet that has seen no request.
    ///
    /// - Parameters:
    ///   - catalogue: The models.
    ///   - windowSize: How many calls of each model are remembered, 1 or more.
    ///   - priorWeight: How many calls the registry's figures count for, 0 or more.
    ///   - health: How the models' health is judged.
    ///   - seed: Of the circuit breakers' jitter.
    public convenience init(
        catalogue: Catalogue,
        windowSize: Int = 1000,
        priorWeight: Double = 10,
        health: HealthSettings = HealthSettings(),
        seed: UInt64 = 0
    ) {
        self.init(
            catalogue: catalogue,
            windowSize: windowSize,
            priorWeight: priorWeight,
            health: health,
            states: catalogue.models.enumerated().map { place, model in
                ModelState(
                    number: place,
                    slots: model.concurrencyMax,
                    windowSize: windowSize,
                    health: health,
                    seed: seed &+ UInt64(place)
                )
            },
            statesMade: catalogue.models.count
        )
    }

    private init(
        catalogue: Catalogue,
        windowSize: Int,
        priorWeight: Double,
        health: HealthSettings,
        states: [ModelState],
        statesMade: Int
    ) {
        self.windowSize = max(windowSize, 1)
        self.priorWeight = max(priorWeight, 0)
        self.health = health
        self.states = states
        self.statesMade = statesMade
        declared = catalogue.models.map(Declared.init)
        for (model, state) in zip(catalogue.models, states) {
            state.record.withLock { $0.health.breaker.isChecked = model.healthCheck != nil }
        }
    }

    /// The fleet of `catalogue` after a reload: models that keep their id keep their state, requests in flight included.
    ///
    /// One that answers somewhere else now is another backend, of which nothing is known but that the operator switched it off.
    /// The old fleet stays valid for the requests that hold it: both see the same slots, as many as `catalogue` says. A
    /// smaller window keeps the newest calls. Without a window size, a prior weight or health settings, the old ones go on.
    public static func inheriting(
        _ old: Fleet,
        catalogue: Catalogue,
        windowSize: Int? = nil,
        priorWeight: Double? = nil,
        health: HealthSettings? = nil,
        seed: UInt64 = 0
    ) -> Fleet {
        var known: [ModelID: (declared: Declared, state: ModelState)] = [:]
        for (declared, state) in zip(old.declared, old.states) { known[declared.id] = (declared, state) }
        let size = max(windowSize ?? old.windowSize, 1)
        let health = health ?? old.health
        var statesMade = old.statesMade
        let states = catalogue.models.enumerated().map { place, model in
            let before = known[model.id]
            guard let (declared, state) = before, declared.baseURL == model.baseURL,
                declared.upstreamName == model.upstreamName
            else {
                defer { statesMade += 1 }
                let state = ModelState(
                    number: statesMade,
                    slots: model.concurrencyMax,
                    windowSize: size,
                    health: health,
                    seed: seed &+ UInt64(place)
                )
                let isOff = before?.state.isSwitchedOff.load(ordering: .acquiring) ?? false
                state.isSwitchedOff.store(isOff, ordering: .releasing)
                return state
            }
            state.slots.store(model.concurrencyMax, ordering: .relaxed)
            state.record.withLock {
                if $0.window.capacity != size { $0.window = $0.window.resized(to: size) }
                $0.health.adopt(health)
            }
            return state
        }
        return Fleet(
            catalogue: catalogue,
            windowSize: size,
            priorWeight: priorWeight ?? old.priorWeight,
            health: health,
            states: states,
            statesMade: statesMade
        )
    }

    /// How many models there are.
    public var count: Int { states.count }
}

// MARK: Slots and availability

extension Fleet {
    /// Takes a slot of the model at `index`; false when all are taken.
    ///
    /// Give it back with ``release(_:)``.
    public func acquire(_ index: Int) -> Bool { states[index].acquire(limit: slots(of: index)) }

    /// Gives back a slot of the model at `index`.
    ///
    /// - Precondition: It was taken by ``acquire(_:)`` and not given back yet.
    public func release(_ index: Int) { states[index].release() }

    /// How many slots of the model at `index` are free.
    public func freeSlots(_ index: Int) -> Int {
        max(slots(of: index) - states[index].active.load(ordering: .acquiring), 0)
    }

    /// How many slots of the model at `index` are taken: the requests that it works on.
    public func active(_ index: Int) -> Int { states[index].active.load(ordering: .relaxed) }

    /// The slots of the model at `index`, taken or not.
    func slots(of index: Int) -> Int { states[index].slots.load(ordering: .relaxed) }

    /// The number by which every fleet knows the slots of the model at `index`, for as long as reloads keep that model.
    public func slotsNumber(_ index: Int) -> Int { states[index].number }

    /// Sends the model at `index` requests again, as the operator says.
    public func switchOn(_ index: Int) { states[index].isSwitchedOff.store(false, ordering: .releasing) }

    /// Sends the model at `index` no requests, as the operator says; those in flight go on.
    public func switchOff(_ index: Int) { states[index].isSwitchedOff.store(true, ordering: .releasing) }

    /// Leaves the model at `index` alone until `instant`; never shortens a longer rest.
    public func coolDown(_ index: Int, until instant: UInt64) {
        states[index].coolsUntil.max(instant, ordering: .acquiringAndReleasing)
    }

    /// Ends the rest of the model at `index`, such as after a successful probe.
    public func endCoolDown(_ index: Int) { states[index].coolsUntil.store(0, ordering: .releasing) }

    /// Whether the model at `index` may be sent requests at `now`.
    public func availability(_ index: Int, now: UInt64) -> Availability {
        availability(index, vitals(of: index, now: now), now: now)
    }

    private func availability(_ index: Int, _ vitals: Vitals, now: UInt64) -> Availability {
        if states[index].isSwitchedOff.load(ordering: .acquiring) { return .switchedOff }
        let until = states[index].coolsUntil.load(ordering: .acquiring)
        if until > now { return .coolingDown(until: until) }
        return switch vitals.circuit {
        case .closed: .available
        case .halfOpen(isProbing: false) where !vitals.isChecked: .available
        case .open(let until): .open(until: until)
        case .halfOpen: .probing(until: now.advanced(byNanoseconds: Self.probeNanoseconds))
        }
    }
}

// MARK: Statistics

extension Fleet {
    /// Records one finished call of the model at `index`.
    ///
    /// A failure's latency is how long it took to fail. An answer would have taken at least as long, so it counts only
    /// where it exceeds what is expected anyway: a timeout makes a model look slow, a refused connection never makes it
    /// look fast.
    public func observe(_ index: Int, latency: Duration, cost: Money, succeeded: Bool) {
        let nanoseconds = latency.nanoseconds
        states[index].record.withLock { record in
            let sums = record.window.sums
            let expected = Estimate(prior: declared[index].latency, weight: priorWeight, sums: sums).latency
            record.window.insert(
                RollingWindow.Sample(
                    latency: nanoseconds,
                    cost: cost.nanodollars,
                    isSuccess: succeeded,
                    isTimed: succeeded || nanoseconds > expected
                )
            )
        }
    }

    /// The fleet as it is at `now`, for a decision that takes nobody's turn: a dry run, a metric, a test.
    public func snapshot(now: UInt64) -> FleetSnapshot { snapshot(now: now, turn: 0) }

    /// The fleet as it is at `now` for deciding `request`; under round robin this takes the next turn.
    ///
    /// Turns are counted for each endpoint and capability, so that other traffic does not disturb a rotation.
    public func snapshot(now: UInt64, for request: RoutingRequest) -> FleetSnapshot {
        guard request.strategy == .roundRobin else { return snapshot(now: now, turn: 0) }
        let turn = turns.withLock { turns in
            let index = Turns.index(of: request)
            defer { turns[index] &+= 1 }
            return turns[index]
        }
        return snapshot(now: now, turn: turn)
    }

    private func snapshot(now: UInt64, turn: UInt64) -> FleetSnapshot {
        var models: [ModelSnapshot] = []
        models.reserveCapacity(states.count)
        for index in states.indices {
            let vitals = vitals(of: index, now: now)
            let sums = states[index].record.withLock { $0.window.sums }
            models.append(
                ModelSnapshot(
                    availability: availability(index, vitals, now: now),
                    active: states[index].active.load(ordering: .acquiring),
                    slots: slots(of: index, share: vitals.share),
                    pressure: vitals.load?.pressure(slots: slots(of: index)) ?? 0,
                    estimate: Estimate(prior: declared[index].latency, weight: priorWeight, sums: sums),
                    sums: sums
                )
            )
        }
        return FleetSnapshot(models: models, turn: turn)
    }

    /// What was measured of each model, in the catalogue's order and without priors.
    public func statistics(now: UInt64) -> [ModelStatistics] {
        states.indices.map { index in
            let vitals = vitals(of: index, now: now)
            let (sums, openedCount) = states[index].record.withLock {
                ($0.window.sums, $0.health.breaker.openedCount)
            }
            return ModelStatistics(
                id: declared[index].id,
                availability: availability(index, vitals, now: now),
                active: states[index].active.load(ordering: .acquiring),
                circuit: vitals.circuit,
                openedCount: openedCount,
                load: vitals.load,
                sums: sums
            )
        }
    }
}

/// The places of the round-robin counters.
private enum Turns {
    static let count = Model.Endpoint.allCases.count * (Capability.allCases.count + 1)

    static func index(of request: RoutingRequest) -> Int {
        let capability = request.capability?.ordinal ?? Capability.allCases.count
        return request.endpoint.ordinal * (Capability.allCases.count + 1) + capability
    }
}
