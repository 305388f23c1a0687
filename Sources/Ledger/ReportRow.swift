public import Domain

/// One line of a report: the requests of one group, summed.
///
/// Sums are exact. Durations are those of successful requests, percentiles by nearest rank over every one of them.
public struct ReportRow: Hashable, Sendable {
    /// The group's names, one for each grouping asked for; empty where a request has none.
    public var group: [String]
    /// All requests.
    public var requests = 0
    /// Those whose client got its whole answer.
    public var successes = 0
    /// Answers out of the gateway's cache.
    public var cacheHits = 0
    /// Requests that a simulated backend answered.
    public var simulated = 0
    /// Requests whose tokens the gateway counted or guessed.
    public var estimatedUsages = 0
    /// The tokens of all attempts.
    public var usage = TokenUsage.zero
    /// What all attempts cost.
    public var cost = Money.zero
    /// The standard deviation of a request's cost, in dollars.
    public var costDeviation: Double?
    /// The energy of all attempts, in joules.
    public var energyJoules = Interval(low: 0.0, central: 0.0, high: 0.0)
    /// The carbon of all attempts.
    public var carbon = Interval(low: Carbon.zero, central: .zero, high: .zero)
    /// The standard deviation of a request's carbon, in grams, by the central estimate.
    public var carbonDeviation: Double?
    /// How many requests' energy and carbon come from where.
    public var provenance = Provenance()
    /// What ``carbon`` is made of; a part is `nil` where no request has it.
    public var parts = RequestRow.Parts()
    /// How long successful requests took.
    public var duration = Durations()
    /// Their time to the first token, of those that have one.
    public var firstToken = Durations()
    /// Of the requests that set limits on cost or latency, those whose answer kept to all of them.
    public var ownLimits = Share()
    /// Of all requests, those that kept to the scope's limits; without limits, those that succeeded.
    public var limits = Share()
    /// Of the tasks that were answered and have a baseline, those whose quality is at least the best model's.
    ///
    /// The quality is what feedback said of the answer where there is any, else the registry's for the model.
    public var retained = Share()
    /// How many of these tasks have feedback; the others' quality is an expectation.
    public var judged = 0
    /// Of the answers that were said to be right or wrong, the right ones.
    public var correct = Share()
    /// The carbon of the requests with these answers.
    public var gradedCarbon = Carbon.zero
    /// The mean of the registry's quality over the answers.
    public var expectedQuality: Double?
    /// Against the best model that could have answered, request by request; failed attempts are charged.
    public var againstBest = Saving()
    /// Against the best ``SingleModel`` for everything, in hindsight; `nil` where that was not asked for.
    public internal(set) var againstSingle: Saving?
    /// Of what was routed and left unanswered, the charge: no other model is said to have failed there.
    var unanswered = Saving()

    /// The share of requests that succeeded, 0 to 1; 0 where there are none.
    public var successRate: Double { Share(of: requests, kept: successes).value ?? 0 }

    init(group: [String]) { self.group = group }
}

extension ReportRow {
    /// A figure with the ends between which it is thought to lie.
    public struct Interval<Value: Hashable & Sendable>: Hashable, Sendable {
        /// The lower end.
        public var low: Value
        /// The figure itself.
        public var central: Value
        /// The upper end.
        public var high: Value
    }

    /// So many of so many.
    public struct Share: Hashable, Sendable {
        /// All that count.
        public var of = 0
        /// Those that did what was wanted.
        public var kept = 0

        /// The share, 0 to 1; `nil` of none.
        public var value: Double? { of == 0 ? nil : Double(kept) / Double(of) }
    }

    /// How many requests' figures come from where, from the strongest to the weakest; requests without any are missing.
    public struct Provenance: Hashable, Sendable {
        /// From meters.
        public var measured = 0
        /// From what the operator declared.
        public var declared = 0
        /// From a formula.
        public var modelled = 0
    }

    /// The distribution of durations, in microseconds.
    public struct Durations: Hashable, Sendable {
        /// How many there are.
        public var count = 0
        /// Their mean.
        public var mean: Double?
        /// Their standard deviation; of one there is none.
        public var deviation: Double?
        /// Their median.
        public var p50: Int64?
        /// Their 95th percentile.
        public var p95: Int64?
        /// Their 99th percentile.
        public var p99: Int64?
    }
}
