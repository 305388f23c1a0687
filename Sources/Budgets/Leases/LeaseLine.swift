/// One replica's part of what is shared, as all replicas see it: a line of the table that they have in common.
public struct LeaseLine: Hashable, Sendable {
    /// The replica whose part it is; one that is gone leaves what it has taken.
    public var replica: Int64
    /// The calendar window, counted from 1970; ``always`` for a live replica's line of what has no such windows; for what
    /// replicas that are gone took of a rolling window, the cell with which it leaves.
    public var cell: Int64
    /// What may be taken at most: spent and held.
    public var ceiling: Int64
    /// What was taken, when it was last told.
    public var used: Int64
    /// How much of that is held for requests under way.
    public var held: Int64
    /// What a request that waits is short of, beyond the ceiling; 0 if none waits.
    public var asked: Int64

    /// The cell of a line that belongs to no calendar window.
    public static let always: Int64 = -1

    /// A line.
    public init(replica: Int64, cell: Int64, ceiling: Int64, used: Int64, held: Int64 = 0, asked: Int64 = 0) {
        (self.replica, self.cell, self.ceiling) = (replica, cell, ceiling)
        (self.used, self.held, self.asked) = (used, held, asked)
    }

    /// What nobody else can have: what may be taken, or was taken beyond it.
    var bound: Int64 { max(ceiling, used) }
}

/// What the other replicas' lines of one window come to, for one replica.
///
/// The arithmetic by which replicas share without asking each other for each request. Every replica has a ceiling and keeps
/// to it. The invariant: the ceilings of all add up to the cap at most, so that what all have taken together never
/// exceeds it, whoever is slow, away or dead. Of what nobody has taken, replicas keep half among them. So slices shrink
/// as it runs out, and the other half is there for whoever needs more at once. What requests wait for goes first: the
/// others keep that much less. Of several that wait the one of the lowest number goes first, so that they do not keep
/// from each other what would do for one.
struct LeaseShares: Hashable, Sendable {
    /// What others have taken: spent and held.
    private(set) var used: Int64 = 0
    /// How much of that they hold.
    private(set) var held: Int64 = 0
    /// What others have, taken or not.
    private var bound: Int64 = 0
    /// What others need for requests that wait: what they keep for them and what they are short of.
    private var needed: Int64 = 0
    /// How much of that goes first.
    private var neededBefore: Int64 = 0
    /// Replicas that are alive, this one included.
    private let replicas: Int64

    /// What `others` come to for `replica`, one of `replicas`.
    init(_ others: some Sequence<LeaseLine>, of replica: Int64, replicas: Int) {
        self.replicas = Int64(max(replicas, 1))
        for line in others where line.replica != replica {
            used = used.addingClamped(line.used)
            held = held.addingClamped(line.held)
            bound = bound.addingClamped(line.bound)
            guard line.asked > 0 else { continue }
            let need = line.bound.subtractingClamped(line.used).addingClamped(line.asked)
            needed = needed.addingClamped(need)
            if line.replica < replica { neededBefore = neededBefore.addingClamped(need) }
        }
    }

    /// Whether nobody else has any.
    var isAlone: Bool { replicas == 1 && bound == 0 }

    /// What one keeps beyond the `own` that it has taken, where requests that wait want `wanted`.
    ///
    /// Replicas keep one of `reserve` parts of what is left: half of what is spent, as some must be there for whoever needs
    /// more at once, and all of what comes back.
    func slice(of cap: Int64, own: Int64, wanted: Int64, reserve: Int64 = 2) -> Int64 {
        let left = cap.subtractingClamped(used).subtractingClamped(own)
        let even = left.subtractingClamped(needed)
        // Whoever is alone needs no reserve for others.
        let kept = replicas == 1 ? even : even / (reserve * replicas)
        return max(kept, min(wanted, left.subtractingClamped(neededBefore)), 0)
    }

    /// The ceiling of one that has taken `own` of `cap` and may take up to `ceiling` already.
    ///
    /// Never below `ceiling`, as it may have taken that by now; what it does not need it has given up before.
    func ceiling(of cap: Int64, own: Int64, wanted: Int64, atLeast ceiling: Int64, reserve: Int64 = 2) -> Int64 {
        let free = cap.subtractingClamped(bound)
        return max(
            ceiling,
            own,
            min(own.addingClamped(slice(of: cap, own: own, wanted: wanted, reserve: reserve)), free)
        )
    }

    /// What is to be thought of others that have not told yet.
    static func unknown(replicas: Int) -> LeaseShares { LeaseShares([], of: 0, replicas: replicas) }
}

/// What a replica wants to know of others: whose lines count for one window of what is shared.
public struct LeaseQuery: Hashable, Sendable {
    /// The budget or limit, and what of it is counted: parts of two replicas belong together if these are equal.
    public let key: String
    /// The replica's own line is of this cell.
    public let cell: Int64
    /// Lines of these cells count as well.
    public let cells: ClosedRange<Int64>

    /// Whether `line`, one of the key, counts.
    func covers(_ line: LeaseLine) -> Bool { line.cell == cell || cells.contains(line.cell) }
}

/// A replica's line from now on, for the table; it is in force once the table has it.
public struct LeaseGrant: Hashable, Sendable {
    /// What it is a part of.
    public let key: String
    /// The line.
    public let line: LeaseLine

    /// The line of `key`.
    public init(key: String, line: LeaseLine) { (self.key, self.line) = (key, line) }
}
