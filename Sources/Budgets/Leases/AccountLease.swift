internal import Domain

/// This replica's part of an account that is shared with others.
struct AccountLease: Sendable {
    /// How long before the end of a calendar window a part of the next one is leased.
    static let aheadMilliseconds: Int64 = 10_000

    var mode = LeaseMode.leased
    /// What may be taken at most, by window; all of a rolling one under ``LeaseLine/always``.
    var ceilings: [Int64: Int64] = [:]
    /// What requests needed that did not fit since the last exchange, all together.
    var wanted: Int64 = 0
    /// What others had when they last told, in the window at `cell`.
    private(set) var others = LeaseShares.unknown(replicas: 1)
    private var cell: Int64 = .min
    /// What was added to ceilings, and taken off them, so far.
    private(set) var drawn: Int64 = 0
    private(set) var returned: Int64 = 0

    /// What others have taken of the window called `cell`, as far as that is known.
    func others(in cell: Int64) -> LeaseShares {
        cell == self.cell ? others : .unknown(replicas: 1)
    }

    mutating func want(_ amount: Int64, of left: Int64) {
        wanted = min(wanted.addingClamped(amount), max(wanted, left))
    }

    mutating func raise(_ cell: Int64, to ceiling: Int64) {
        let more = ceiling.subtractingClamped(ceilings[cell] ?? 0)
        guard more > 0 else { return }
        drawn = drawn.addingClamped(more)
        ceilings[cell] = ceiling
    }

    mutating func lower(_ cell: Int64, to ceiling: Int64) {
        returned = returned.addingClamped(max((ceilings[cell] ?? 0).subtractingClamped(ceiling), 0))
        ceilings[cell] = ceiling
    }

    mutating func learn(_ shares: LeaseShares, of cell: Int64) { (others, self.cell) = (shares, cell) }
}

/// By what a replica goes that shares budgets with others.
enum LeaseMode: Hashable, Sendable {
    /// Its ceilings.
    case leased
    /// Nothing more is taken: others may have it.
    case closed
    /// The caps, for what is known: others may take the same.
    case open
}

extension Account {
    /// What two replicas' accounts have in common if they are one.
    var leaseKey: String {
        let window =
            switch budget.window {
            case .request: "request"
            case .calendar(let period): "calendar \(period.rawValue)"
            case .rolling(let period): "rolling \(period.rawValue)"
            }
        return "\(budget.id)\n\(budget.scope.text)\n\(budget.measure.rawValue)\n\(window)"
    }

    /// The name of a cell's window in leases.
    func leaseCell(of cell: Int64) -> Int64 { sums?.shape.isCalendar == true ? cell : LeaseLine.always }

    /// What others have taken of the current window, as far as that is known.
    var elsewhere: LeaseShares? {
        guard let sums, let lease else { return nil }
        return lease.others(in: leaseCell(of: sums.head))
    }

    /// What may be taken at most in the window of `cell`: the cap, or this replica's part of it.
    func limit(in cell: Int64, taken: Int64) -> Int64 {
        guard let lease else { return budget.cap }
        let window = leaseCell(of: cell)
        return switch lease.mode {
        case .leased: lease.ceilings[window] ?? 0
        case .closed: taken
        case .open: budget.cap.subtractingClamped(lease.others(in: window).used)
        }
    }

    /// What nobody is known to have taken of the window that `startedAt` lies in: what can be drawn, by and by.
    ///
    /// Routing goes by it, so that a small part does not choose a cheap model.
    func reach(startedAt: Int64, before: Charge) -> Int64 {
        let room = room(startedAt: startedAt, before: before)
        guard let sums, let lease, lease.mode == .leased, sums.cell(of: startedAt) == sums.head else { return room }
        return max(room, left)
    }

    /// What is known to be neither spent nor held in the current window, by whichever replica.
    var left: Int64 {
        guard let sums else { return budget.cap }
        return budget.cap.subtractingClamped(sums.current.total).subtractingClamped(elsewhere?.used ?? 0)
    }

    /// Takes note of a request that wants `need`, or `minimum` at least, and has `room` for less; whether there is more
    /// than this replica's part.
    mutating func asks(for need: Int64, or minimum: Int64, room: Int64, startedAt: Int64) -> Bool {
        let reach = reach(startedAt: startedAt, before: .zero)
        // Nobody gives up anything for what cannot be had.
        guard lease?.mode == .leased, reach > max(room, 0), reach >= minimum else { return false }
        lease?.want(need, of: reach)
        return true
    }

    /// Shares the account from now on, with a part that is what this replica has taken already.
    mutating func share() {
        guard let sums else { return }
        var lease = AccountLease()
        lease.ceilings[leaseCell(of: sums.head)] = sums.current.total
        self.lease = lease
    }

    /// Of which windows this replica has to know what others have: the current one, and the next one before it begins.
    func leaseQueries(now: Int64) -> [LeaseQuery] {
        guard let sums, lease != nil else { return [] }
        let shape = sums.shape
        guard shape.isCalendar else {
            let cells = max(sums.head - shape.span + 1, 0)...sums.head
            return [LeaseQuery(key: leaseKey, cell: LeaseLine.always, cells: cells)]
        }
        let isEnding = sums.end - now <= AccountLease.aheadMilliseconds
        return [sums.head, sums.head + 1].prefix(isEnding ? 2 : 1).map {
            LeaseQuery(key: leaseKey, cell: $0, cells: $0...$0)
        }
    }

    /// Gives up what is not needed beside what others have and want, and says what it is to have from then on.
    ///
    /// What is given up is given up at once, whatever becomes of the exchange; what is added has to be taken afterwards.
    mutating func exchange(_ query: LeaseQuery, _ shares: LeaseShares, as replica: Int64) -> LeaseLine? {
        guard let sums, var lease else { return nil }
        let isCurrent = query.cell == leaseCell(of: sums.head)
        let taken = isCurrent ? sums.current : sums.sum(beside: query.cell) ?? .zero
        let (used, wanted) = (taken.total, isCurrent ? lease.wanted : 0)
        if isCurrent { lease.learn(shares, of: query.cell) }
        let slice = shares.slice(of: budget.cap, own: used, wanted: wanted)
        let kept = max(used, min(lease.ceilings[query.cell] ?? 0, used.addingClamped(slice)))
        lease.lower(query.cell, to: kept)
        if isCurrent { lease.wanted = 0 }
        // Windows that are forgotten have no use for a ceiling.
        if sums.shape.isCalendar, lease.ceilings.count > 4 {
            lease.ceilings = lease.ceilings.filter { $0.key > sums.head || sums.sum(beside: $0.key) != nil }
        }
        self.lease = lease
        let ceiling = shares.ceiling(of: budget.cap, own: used, wanted: wanted, atLeast: kept)
        return LeaseLine(
            replica: replica,
            cell: query.cell,
            ceiling: ceiling,
            used: used,
            held: taken.held,
            asked: max(used.addingClamped(wanted).subtractingClamped(ceiling), 0)
        )
    }

    /// Has what the table has now.
    mutating func take(_ line: LeaseLine) {
        lease?.raise(line.cell, to: line.ceiling)
    }

    /// Gives up all that was not taken: somebody else may have it by now.
    mutating func forfeit() {
        guard let sums, let windows = lease?.ceilings.keys else { return }
        for window in Array(windows) {
            let taken = window == LeaseLine.always ? sums.current : sums.sum(beside: window) ?? .zero
            lease?.lower(window, to: taken.total)
        }
    }
}
