public import Domain
internal import Synchronization

/// The run-time state of every model of a catalogue: slots, availability, recent calls, turns.
///
/// Safe to use from any thread. Slots and availability are atomics; each model's window has a lock of its own that is
/// held for a few additions. Indices are those of the catalogue, and instants are nanoseconds of the monotonic clock.
public final class Fleet: Sendable {
    /// What the registry says of a model that the state is judged by.
    private struct Declared: Sendable {
        let id: ModelID
        let slots: Int
        /// In nanoseconds.
        let latency: Int64
    }

    /// How many calls of each model are remembered.
    public let windowSize: Int
    /// How many calls the registry's figures count for.
    public let priorWeight: Double
    private let declared: [Declared]
    private let states: [ModelState]
    /// The next turn for each endpoint and capability.
    private let turns = Mutex([UInt64](repeating: 0, count: Turns.count))

    /// The state of a fleet that has seen no request.
    ///
    /// - Parameters:
    ///   - catalogue: The models.
    ///   - windowSize: How many calls of each model are remembered, 1 or more.
    ///   - priorWeight: How many calls the registry's figures count for, 0 or more.
    public convenience init(catalogue: Catalogue, windowSize: Int = 1000, priorWeight: Double = 10) {
        self.init(
            catalogue: catalogue,
            windowSize: windowSize,
            priorWeight: priorWeight,
            states: catalogue.models.map { _ in ModelState(windowSize: windowSize) }
        )
    }

    private init(catalogue: Catalogue, windowSize: Int, priorWeight: Double, states: [ModelState]) {
        self.windowSize = max(windowSize, 1)
        self.priorWeight = max(priorWeight, 0)
        self.states = states
        declared = catalogue.models.map {
            Declared(id: $0.id, slots: $0.concurrencyMax, latency: max($0.latencyPrior.nanoseconds, 0))
        }
    }

    /// The fleet of `catalogue` after a reload: models that keep their id keep their state, requests in flight included.
    ///
    /// The old fleet stays valid for the requests that hold it, and both see the same slots. A smaller window keeps the
    /// newest calls. Without a window size or a prior weight, the old one goes on.
    public static func inheriting(
        _ old: Fleet,
        catalogue: Catalogue,
        windowSize: Int? = nil,
        priorWeight: Double? = nil
    ) -> Fleet {
        var known: [ModelID: ModelState] = [:]
        for (declared, state) in zip(old.declared, old.states) { known[declared.id] = state }
        let size = max(windowSize ?? old.windowSize, 1)
        let states = catalogue.models.map { model in
            guard let state = known[model.id] else { return ModelState(windowSize: size) }
            state.window.withLock { if $0.capacity != size { $0 = $0.resized(to: size) } }
            return state
        }
        return Fleet(
            catalogue: catalogue,
            windowSize: size,
            priorWeight: priorWeight ?? old.priorWeight,
            states: states
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
    public func acquire(_ index: Int) -> Bool { states[index].acquire(limit: declared[index].slots) }

    /// Gives back a slot of the model at `index`.
    ///
    /// - Precondition: It was taken by ``acquire(_:)`` and not given back yet.
    public func release(_ index: Int) { states[index].release() }

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
        let state = states[index]
        if state.isSwitchedOff.load(ordering: .acquiring) { return .switchedOff }
        let until = state.coolsUntil.load(ordering: .acquiring)
        return until > now ? .coolingDown(until: until) : .available
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
        states[index].window.withLock { window in
            let expected = Estimate(prior: declared[index].latency, weight: priorWeight, sums: window.sums).latency
            window.insert(
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
            let sums = states[index].window.withLock { $0.sums }
            models.append(
                ModelSnapshot(
                    availability: availability(index, now: now),
                    active: states[index].active.load(ordering: .acquiring),
                    slots: declared[index].slots,
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
            ModelStatistics(
                id: declared[index].id,
                availability: availability(index, now: now),
                active: states[index].active.load(ordering: .acquiring),
                sums: states[index].window.withLock { $0.sums }
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
