public import Domain

/// What a request has been promised of every budget that it falls under, until it is settled.
///
/// A ticket: the book keeps the amounts. Each is settled once, by ``BudgetBook/settle(_:actual:now:)`` or
/// ``BudgetBook/cancel(_:now:)``; the ticket's number is never used again, so a second time does nothing.
public struct Hold: Hashable, Sendable {
    /// The amounts that are held now.
    public internal(set) var granted: Charge
    let place: Int
    let number: UInt64
}

/// Which budget a hold did not fit into, and when it may.
public struct Shortfall: Error, Hashable, Sendable {
    /// The budget.
    public let budgetID: String
    /// What it counts.
    public let measure: Budget.Measure
    /// What is neither spent nor held; may be negative where a cap was lowered.
    public let left: Int64
    /// What is held for requests under way: some of it comes back when they end.
    public let held: Int64
    /// The least that the request would have taken.
    public let asked: Int64
    /// When so much of the window is over that it fits, in Unix milliseconds; `nil` if it never will.
    public let resetsAt: Int64?
    /// Whether there is as much left, and only this replica's part of a shared budget does not reach: to be had within a
    /// moment.
    public let isElsewhere: Bool
    /// Whether nothing is taken of a shared budget now because nobody knows what others take.
    public let isSuspended: Bool

    /// Whether it would fit if no request were under way, so that it may soon.
    public var isPassing: Bool { isElsewhere || isSuspended || left.addingClamped(held) >= asked }
}
