import Domain
import Synchronization

@testable import Budgets

/// Replicas that share one budget through a table, and the plain truth beside them.
///
/// The table does what PostgreSQL does in one transaction. Every replica has a clock of its own, and what befalls them is
/// what befalls processes: commits whose answer is lost, deaths, sleep, a database that is away.
struct LeaseWorld {
    /// What becomes of an exchange.
    enum Fate: CaseIterable { case told, lostBefore, lostAfter }

    struct Row {
        let replica: Int64
        let startedAt: Int64
        let amount: Int64
    }

    struct Open {
        let replica: Int64
        let hold: Hold
        let startedAt: Int64
        let amount: Int64
    }

    /// Time as it passes, by which all that sleep is measured.
    private final class Time: Sendable {
        let milliseconds = Atomic<Int64>(0)
        private let zero = ContinuousClock.now

        var instant: ContinuousClock.Instant {
            zero.advanced(by: .milliseconds(milliseconds.load(ordering: .relaxed)))
        }
    }

    /// The table says that a lease ends so long after its renewal.
    static let term: Int64 = 15_000
    /// Its owner says that it ends so long after it was asked for.
    static let ownTerm: Int64 = 12_000

    private let budget: Budget
    private let shape: WindowShape
    private let policy: LossPolicy
    private let time = Time()
    private let begin: Int64
    private(set) var books: [Int64: BudgetBook] = [:]
    /// By how much each replica's calendar is wrong.
    var skew: [Int64: Int64] = [:]
    /// What the ledger has: the truth of what was spent.
    private(set) var rows: [Row] = []
    private(set) var open: [Open] = []
    /// The table's lines, by replica, and until when each is leased.
    private(set) var table: [Int64: [LeaseLine]] = [:]
    private var expiry: [Int64: Int64] = [:]
    var isDatabaseAway = false

    init(_ budget: Budget, replicas: Int64, policy: LossPolicy = .leaseOnly, now: Int64 = morning) throws {
        (self.budget, self.policy, begin) = (budget, policy, now)
        guard let shape = WindowShape(budget.window) else { throw WindowIsMissing() }
        self.shape = shape
        for replica in 1...replicas { join(replica) }
    }

    private struct WindowIsMissing: Error {}

    private var passed: Int64 { time.milliseconds.load(ordering: .relaxed) }

    /// The calendar of `replica`.
    func now(at replica: Int64) -> Int64 { begin + passed + skew[replica, default: 0] }

    func pass(_ milliseconds: Int64) { time.milliseconds.add(milliseconds, ordering: .relaxed) }

    /// The most that counts for any one window, the truth.
    var taken: Int64 {
        var cells: [Int64: Int64] = [:]
        for row in rows { cells[shape.cell(of: row.startedAt), default: 0] += row.amount }
        for held in open { cells[shape.cell(of: held.startedAt), default: 0] += held.amount }
        guard !shape.isCalendar else { return cells.values.max() ?? 0 }
        let head = shape.cell(of: begin + passed)
        return cells.filter { $0.key > head - shape.span }.values.reduce(0, +)
    }

    // MARK: Requests

    /// Has a replica hold `amount`; false if it must not.
    mutating func request(_ amount: Int64, at replica: Int64) -> Bool {
        let now = now(at: replica)
        guard let hold = try? books[replica]?.hold(dollars(amount), startedAt: now, now: now) else { return false }
        open.append(Open(replica: replica, hold: hold, startedAt: now, amount: amount))
        return true
    }

    /// Settles the open hold at `place` at `amount`, and writes its row.
    mutating func settle(_ place: Int, at amount: Int64) {
        let ended = open.remove(at: place)
        books[ended.replica]?.settle(ended.hold, actual: dollars(amount), now: now(at: ended.replica))
        rows.append(Row(replica: ended.replica, startedAt: ended.startedAt, amount: amount))
    }

    // MARK: Replicas

    /// A process of `replica` starts: it knows what the ledger says that it has taken.
    mutating func join(_ replica: Int64) {
        guard !isDatabaseAway else { return }
        let book = BudgetBook([budget], now: now(at: replica))
        book.restore(sums(of: replica), now: now(at: replica))
        book.share(policy) { [time] in time.instant }
        books[replica] = book
        table[replica] = []
        exchange(replica, .told)
    }

    /// One dies at once: what it held is booked as if it had been taken.
    mutating func kill(_ replica: Int64) {
        books[replica] = nil
        for dead in open where dead.replica == replica {
            rows.append(Row(replica: replica, startedAt: dead.startedAt, amount: dead.amount))
        }
        open.removeAll { $0.replica == replica }
    }

    mutating func exchange(_ replica: Int64, _ fate: Fate) {
        guard let book = books[replica] else { return }
        let asked = time.instant
        guard !isDatabaseAway, fate != .lostBefore else { return book.loseLease() }
        // Those whose leases have run out keep what the ledger knows of them.
        for (other, end) in expiry where other != replica && end <= passed {
            table[other] = book.leaseLines(of: key(of: book), sums(of: other), replica: other)
            expiry[other] = nil
        }
        if let end = expiry[replica], end <= passed { book.forfeitLeases() }
        if expiry[replica] == nil { book.forfeitLeases() }
        expiry[replica] = passed + Self.term
        let others = table.filter { $0.key != replica }.flatMap(\.value)
        let grants = book.exchange(
            [key(of: book): others],
            replicas: expiry.count,
            as: replica,
            now: now(at: replica)
        )
        let untouched = table[replica, default: []].filter { line in
            shape.isCalendar && !grants.contains { $0.line.cell == line.cell }
        }
        table[replica] = untouched + grants.map(\.line)
        guard fate == .told else { return book.loseLease() }
        book.take(grants, until: asked.advanced(by: .milliseconds(Self.ownTerm)))
    }

    private func key(of book: BudgetBook) -> String {
        book.sharedBudgets(now: begin).first?.key ?? ""
    }

    /// What the ledger knows of a replica, and what its journal says that it holds.
    private func sums(of replica: Int64) -> [RestoredSum] {
        let known =
            rows.filter { $0.replica == replica }.map { ($0.startedAt, $0.amount) }
            + open.filter { $0.replica == replica }.map { ($0.startedAt, $0.amount) }
        return Dictionary(grouping: known) { shape.cell(of: $0.0) }.map { cell, amounts in
            RestoredSum(budgetID: budget.id, startedAt: shape.start(of: cell), amount: amounts.reduce(0) { $0 + $1.1 })
        }
    }
}
