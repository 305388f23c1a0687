/// Shares the energy of one machine among the requests it works on, so that the parts add up to the whole.
///
/// The power is a staircase in time: a declared wattage, or readings of a meter (DCGM, Prometheus) that hold until the next.
///
/// - While requests are active, each takes a share of all the machine's energy in proportion to its weight: `∫ P·w/W dt`,
///   where W is the weight of all active ones. The draw that an idle machine has too is part of it.
/// - While none is, the energy waits in a pool. Active requests then drain the pool evenly over `idleSpread` of activity, in
///   the same proportions. So a request pays for the idle time before it, a burst shares it, and what nobody has paid yet is
///   ``unallocated``.
///
/// Invariant: ``finished`` + ``accrued`` + ``unallocated`` = ``total``, up to rounding (each sum is compensated).
public struct PowerMeter: Sendable {
    /// An active request's place in the meter; it ends once.
    public struct Share: Hashable, Sendable {
        let weight: Double
        let start: CompensatedSum
        /// Which stretch of activity it began in.
        let stretch: Int
    }

    /// How long activity lasts until the idle energy before it is paid off.
    public let idleSpread: Duration
    private var now: Duration
    private var watts: Double
    private var activeWeight = CompensatedSum()
    private var activeCount = 0
    /// How often the machine has fallen idle.
    private var stretch = 0
    /// ∫ (P + drained pool) / W dt: what a request of weight 1 would have taken had it been active all along.
    private var perWeight = CompensatedSum()
    /// The shares of active requests started so far, in terms of ``perWeight``: Σ weight · start.
    private var startedWeights = CompensatedSum()
    private var totalSum = CompensatedSum()
    private var finishedSum = CompensatedSum()
    private var pool = CompensatedSum()
    /// The pool when activity began: it drains in equal parts.
    private var poolAtStart = 0.0

    /// A meter that starts at `now` with so many watts; negative or infinite powers count as none.
    ///
    /// - Parameters:
    ///   - watts: The power until it is set anew.
    ///   - idleSpread: How long activity lasts until the idle energy before it is paid off; zero: never, it stays unallocated.
    ///   - now: The instant, on any clock that does not go back.
    public init(watts: Double, idleSpread: Duration, now: Duration) {
        self.watts = Self.valid(watts)
        self.idleSpread = idleSpread
        self.now = now
    }

    /// All the energy since the start, in joules.
    public var total: Double { totalSum.value }
    /// That of requests which have ended, in joules.
    public var finished: Double { finishedSum.value }
    /// That of requests which are active, so far, in joules.
    public var accrued: Double {
        activeCount == 0 ? 0 : activeWeight.value * perWeight.value - startedWeights.value
    }
    /// That of idle time that no request has paid for yet, in joules.
    public var unallocated: Double { pool.value }

    /// The power is `watts` from this instant on.
    public mutating func setPower(watts: Double, at instant: Duration) {
        advance(to: instant)
        self.watts = Self.valid(watts)
    }

    /// A request begins; a weight beyond a millionth and a million counts as 1.
    ///
    /// The weight is what it loads the machine with beside the others: 1 for each, or its tokens per second.
    public mutating func start(weight: Double = 1, at instant: Duration) -> Share {
        advance(to: instant)
        if activeCount == 0 { poolAtStart = pool.value }
        let share = Share(weight: weight > 1e-6 && weight < 1e6 ? weight : 1, start: perWeight, stretch: stretch)
        activeCount += 1
        activeWeight.add(share.weight)
        startedWeights.add(share.weight * share.start.value)
        return share
    }

    /// A request ends, and this is its part in joules; none if the machine has been idle since it began, as then it ended before.
    public mutating func finish(_ share: Share, at instant: Duration) -> Double {
        advance(to: instant)
        guard activeCount > 0, share.stretch == stretch else { return 0 }
        let joules = share.weight * perWeight.difference(from: share.start)
        finishedSum.add(joules)
        startedWeights.add(-share.weight * share.start.value)
        activeWeight.add(-share.weight)
        activeCount -= 1
        if activeCount == 0 {
            // Exactly nothing is active, whatever rounding says; and small numbers are exact ones.
            (activeWeight, perWeight, startedWeights) = (CompensatedSum(), CompensatedSum(), CompensatedSum())
            stretch += 1
        }
        return joules
    }

    /// Counts the time until `instant`; one before the last counts as the last.
    public mutating func advance(to instant: Duration) {
        guard instant > now else { return }
        let elapsed = instant - now
        now = instant
        let joules = watts * (elapsed / .seconds(1))
        totalSum.add(joules)
        guard activeCount > 0 else { return pool.add(joules) }
        let drained = idleSpread > .zero ? min(poolAtStart * (elapsed / idleSpread), max(pool.value, 0)) : 0
        pool.add(-drained)
        perWeight.add((joules + drained) / activeWeight.value)
    }

    private static func valid(_ watts: Double) -> Double { watts > 0 && watts < 1e12 ? watts : 0 }
}

/// A sum that keeps what rounding would lose: Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher
/// Summen", 1974.
struct CompensatedSum: Hashable, Sendable {
    private var sum = 0.0
    private var lost = 0.0

    var value: Double { sum + lost }

    /// This sum less an earlier one, exact where their leading digits cancel.
    func difference(from earlier: CompensatedSum) -> Double { (sum - earlier.sum) + (lost - earlier.lost) }

    mutating func add(_ term: Double) {
        let next = sum + term
        lost += sum.magnitude >= term.magnitude ? (sum - next) + term : (term - next) + sum
        sum = next
    }
}
