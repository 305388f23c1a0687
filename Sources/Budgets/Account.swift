internal import Domain

/// A budget and what has been taken of it.
///
/// Invariant: at every moment, and in every window, spent + held ≤ cap; except by what a settlement took beyond its
/// hold where nothing was left, which `overspend` tells, and by a cap that was lowered since.
struct Account: Sendable {
    private(set) var budget: Budget
    /// `nil` for a budget of each request, which needs no memory.
    private(set) var sums: WindowSums<Taken>?
    private(set) var price = PacingPrice()
    private var arrivals: ArrivalRate
    /// Holds that did not fit.
    private(set) var refusals = 0
    /// What settlements took beyond the cap.
    private(set) var overspend: Int64 = 0
    /// This replica's part, where the budget is shared with others; then ``sums`` are of this replica alone.
    var lease: AccountLease?

    init(_ budget: Budget, memory: Int64, now: Int64) {
        self.budget = budget
        let shape = WindowShape(budget.window)
        sums = shape.map { WindowSums($0, memory: memory, now: now) }
        // A quarter of an hour of a day: with an hour the estimate lags behind an evening's falling load, and twice as
        // much is left at the end.
        arrivals = ArrivalRate(memory: (shape?.milliseconds ?? 0) / 96, now: now)
    }

    /// Whether an account kept for this budget can go on under `other`: it may have another cap, but counts the same.
    func canContinue(as other: Budget) -> Bool {
        budget.id == other.id && budget.scope == other.scope && budget.measure == other.measure
            && budget.window == other.window
    }

    /// Goes on under a budget that ``canContinue(as:)``.
    mutating func replaceBudget(_ other: Budget) {
        budget = other
        if !other.isPaced { price = PacingPrice() }
    }

    mutating func advance(to now: Int64) { sums?.advance(to: now) }

    mutating func countRefusal() { refusals += 1 }

    /// What a request that started at `startedAt` and has already spent `before` may still take; may be negative.
    ///
    /// Nothing if its calendar window is so long ago that it is forgotten.
    func room(startedAt: Int64, before: Charge) -> Int64 {
        guard let sums else { return budget.cap.subtractingClamped(before[budget.measure]) }
        let cell = sums.cell(of: startedAt)
        guard let taken = sums.sum(beside: cell) else { return 0 }
        return limit(in: cell, taken: taken.total).subtractingClamped(taken.total)
    }

    /// The share of the window that is to come, 0 to 1: 1 of a rolling one, which never ends; `nil` for that of a request.
    func timeShare(at now: Int64) -> Double? {
        guard let sums else { return nil }
        return sums.shape.isCalendar ? Double(sums.end.subtractingClamped(now)) / Double(sums.shape.milliseconds) : 1
    }

    /// What of `room` may be held for a case that is not likely: one of `parts` parts of what is left beyond as much
    /// again as is held already.
    ///
    /// So unlikely cases never hold more than half of what is not spent, however many requests are under way, and the
    /// other half is there for what is likely. A budget of each request is shared with nobody.
    func spare(room: Int64, parts: Int64) -> Int64 {
        guard let sums else { return room }
        return room.subtractingClamped(sums.current.held) / parts
    }

    /// Takes `amount` out of what is left until it is settled; the caller has seen that there is room.
    mutating func hold(_ amount: Int64, startedAt: Int64) {
        guard let cell = sums?.cell(of: startedAt) else { return }
        sums?.add(Taken(spent: 0, held: amount), to: cell)
    }

    /// Gives `held` back and spends `spent`, negative where too much was charged before.
    mutating func settle(held: Int64, spent: Int64, startedAt: Int64, before: Charge) {
        if let cell = sums?.cell(of: startedAt) { sums?.add(Taken(spent: spent, held: -held), to: cell) }
        guard spent > held else { return }
        let room = room(startedAt: startedAt, before: before)
        // A request's own window does not know of what it just spent.
        let beyond = sums == nil ? spent.subtractingClamped(room) : (0 as Int64).subtractingClamped(room)
        if beyond > 0 { overspend = overspend.addingClamped(min(beyond, spent - held)) }
    }

    /// Moves the shadow price after a request that took `spent`.
    mutating func pace(spent: Int64, now: Int64, settings: PacingPrice.Settings) {
        guard budget.isPaced, let sums else { return }
        arrivals.count(at: now)
        let left = left
        let cap = Double(budget.cap)
        let (horizon, share): (Int64, Double) =
            sums.shape.isCalendar
            ? (max(sums.end - now, 0), Double(left))
            // A rolling window never ends. A whole one's requests have its cap to share, and less once all but a
            // twentieth is taken.
            : (sums.shape.milliseconds, min(cap, 19 * Double(left)))
        price.update(
            spent: Double(spent),
            left: share,
            stepsLeft: arrivals.perMillisecond * Double(horizon),
            settings: settings
        )
    }

    /// Adds what the ledger knows from before.
    mutating func restore(_ amount: Int64, at instant: Int64) {
        guard let cell = sums?.cell(of: instant) else { return }
        sums?.add(Taken(spent: amount, held: 0), to: cell)
    }

    /// Says that `amount` does not fit into `room`, and when it will.
    ///
    /// What only this replica has no room for can be drawn, so it counts as left.
    func shortfall(asking amount: Int64, room: Int64) -> Shortfall {
        let isLeased = lease?.mode == .leased
        let elsewhere = elsewhere
        return Shortfall(
            budgetID: budget.id,
            measure: budget.measure,
            left: isLeased ? max(room, left) : room,
            held: (sums?.current.held ?? 0).addingClamped(elsewhere?.held ?? 0),
            asked: amount,
            resetsAt: sums?.instant { budget.cap.subtractingClamped($0.total) >= amount },
            isElsewhere: isLeased && left >= amount,
            isSuspended: lease?.mode == .closed
        )
    }
}
