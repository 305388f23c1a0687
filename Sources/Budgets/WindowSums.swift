/// Sums of what belongs to a window, kept cell by cell so that each amount leaves with the time that it belongs to.
///
/// Invariant: `current` is the sum of the cells that the window covers, the last of which is `head`. Cells behind the
/// window are kept as well, as far as the ring reaches, for requests that started in them and still run.
struct WindowSums<Sum: AdditiveArithmetic & Sendable>: Sendable {
    private struct Cell: Sendable {
        var number: Int64
        var sum: Sum
    }

    let shape: WindowShape
    /// The cell that is under way.
    private(set) var head: Int64
    /// What the window covers now.
    private(set) var current = Sum.zero
    /// When `head` begins and ends, so that most instants need no division.
    private var headInstants: Range<Int64>
    /// The cell numbered n lies at n modulo the capacity, if that place's number is n.
    private var ring: [Cell] = []
    private let capacity: Int64

    /// Empty sums at `now`, which remember calendar windows for `memory` milliseconds after their end.
    init(_ shape: WindowShape, memory: Int64, now: Int64) {
        self.shape = shape
        head = shape.cell(of: now)
        headInstants = shape.start(of: head)..<shape.start(of: head + 1)
        capacity = shape.isCalendar ? 2 + min(max(memory, 0) / shape.milliseconds, 1000) : shape.span
    }

    /// When the window began; for a rolling one the instant from which on amounts still count.
    var start: Int64 { shape.start(of: max(head - shape.span + 1, 0)) }
    /// When the cell that is under way ends, which for a calendar window is its own end.
    var end: Int64 { headInstants.upperBound }

    /// Moves on to `now`; a clock that goes back changes nothing.
    mutating func advance(to now: Int64) {
        guard now >= headInstants.upperBound else { return }
        let next = shape.cell(of: now)
        guard next > head else { return }
        if next - head >= shape.span {
            current = .zero
        } else {
            for cell in (head - shape.span + 1)...(next - shape.span) { current -= sum(of: cell) }
        }
        head = next
        headInstants = shape.start(of: head)..<shape.start(of: head + 1)
    }

    /// The cell of an instant that is not after the last ``advance(to:)``.
    func cell(of instant: Int64) -> Int64 {
        headInstants.contains(instant) ? head : min(shape.cell(of: instant), head)
    }

    /// What stands beside an amount of `cell`: the sum of the window that it belongs to.
    ///
    /// Nothing for a cell that a rolling window has left behind, since nothing weighs on nothing; `nil` for a calendar
    /// window that is no longer remembered.
    func sum(beside cell: Int64) -> Sum? {
        if cell > head - shape.span { return current }
        if shape.isCalendar { return cell > head - capacity ? sum(of: cell) : nil }
        return .zero
    }

    /// Adds `amount` to `cell`, unless that is so old that it is no longer remembered.
    mutating func add(_ amount: Sum, to cell: Int64) {
        guard cell > head - capacity, cell >= 0 else { return }
        if ring.isEmpty { ring = Array(repeating: Cell(number: -1, sum: .zero), count: Int(capacity)) }
        let place = Int(cell % capacity)
        if ring[place].number != cell { ring[place] = Cell(number: cell, sum: .zero) }
        ring[place].sum += amount
        if cell > head - shape.span { current += amount }
    }

    /// When so much has left a rolling window that `isEnough` of what is then left; `nil` if that never comes.
    func instant(when isEnough: (Sum) -> Bool) -> Int64? {
        guard !shape.isCalendar else { return isEnough(.zero) ? end : nil }
        var left = current
        for cell in (head - shape.span + 1)...head {
            left -= sum(of: cell)
            if isEnough(left) { return shape.start(of: cell + shape.span) }
        }
        return nil
    }

    private func sum(of cell: Int64) -> Sum {
        guard !ring.isEmpty, cell >= 0 else { return .zero }
        let found = ring[Int(cell % capacity)]
        return found.number == cell ? found.sum : .zero
    }
}
