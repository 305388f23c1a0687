extension PlanKeeper {
    /// Why a plan is made.
    enum Reason: String, CaseIterable {
        /// There was none.
        case start
        /// Settings, models or tiers have changed.
        case settings
        /// Its time has come.
        case timer
        /// More or fewer requests come than were foreseen.
        case demand
        /// The grid emits more or less than was foreseen.
        case grid
        /// An administrator asked for it.
        case asked
    }

    /// What became of plans, for metrics.
    struct Report: Hashable, Sendable {
        var made: [Reason: Int] = [:]
        var failures = 0
        /// Why the last one could not be made; `nil` if it could.
        var lastFailure: String?
        /// What the last one took.
        var seconds = 0.0
        /// How far it may be from the best there is.
        var gap = 0.0
        /// What it expects to spend, in the metric's unit.
        var expected = 0.0
        var unit = ""
    }
}
