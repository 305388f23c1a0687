import Domain
import Testing

@testable import Budgets

@Suite struct LeaseTests {
    private static let windows: [Budget.Window] = [.calendar(.minute), .rolling(.minute), .calendar(.day)]

    /// Whatever happens, in whatever order, all replicas together take no more than the cap, at every step.
    @Test(arguments: 0..<60 as Range<UInt64>, windows)
    func neverMoreThanTheCap(seed: UInt64, window: Budget.Window) throws {
        var generator = SeededGenerator(seed: seed)
        let cap = Int64.random(in: 500...20_000, using: &generator)
        let count = Int64.random(in: 1...4, using: &generator)
        let policy: LossPolicy = Bool.random(using: &generator) ? .refuse : .leaseOnly
        var world = try LeaseWorld(budget("shared", cap, window: window), replicas: count, policy: policy)
        if case .calendar = window {
            for replica in 1...count { world.skew[replica] = .random(in: -3000...3000, using: &generator) }
        }
        var (admitted, asleep) = (0, Set<Int64>())
        for _ in 0..<800 {
            let replica = Int64.random(in: 1...count, using: &generator)
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<45:
                if world.request(.random(in: 1...200, using: &generator), at: replica) { admitted += 1 }
            case 45..<72:
                guard !world.open.isEmpty else { continue }
                let place = Int.random(in: 0..<world.open.count, using: &generator)
                world.settle(place, at: .random(in: 0...world.open[place].amount, using: &generator))
            case 72..<88:
                guard !asleep.contains(replica) else { continue }
                let isTold = Int.random(in: 0..<4, using: &generator) > 0
                world.exchange(replica, isTold ? .told : (.allCases.randomElement(using: &generator) ?? .told))
            case 88..<90: world.kill(replica)
            case 90..<92: if world.books[replica] == nil { world.join(replica) }
            // One that sleeps wakes up with a request, before it has looked at the table.
            case 92..<94: if asleep.remove(replica) == nil { asleep.insert(replica) }
            case 94..<95: world.isDatabaseAway.toggle()
            default: world.pass(.random(in: 0...6000, using: &generator))
            }
            try #require(world.taken <= cap)
        }
        #expect(admitted > 5)
    }

    /// However many replicas there are, a budget is spent to its last request.
    @Test(arguments: [1, 2, 3, 7] as [Int64])
    func allOfABudgetCanBeSpent(replicas: Int64) throws {
        var world = try LeaseWorld(budget("shared", 10_000), replicas: replicas)
        var (turn, refusedInARow, spent) = (0 as Int64, 0 as Int64, 0 as Int64)
        while refusedInARow < 3 * replicas {
            turn += 1
            // One replica is asked for nothing: what it has must come back.
            let replica = 1 + turn % max(replicas - 1, 1)
            let isGranted = served(7, at: replica, &world, replicas)
            (spent, refusedInARow) = isGranted ? (spent + 7, 0) : (spent, refusedInARow + 1)
        }
        #expect(spent == 9996)
    }

    /// As in the gateway: who is short asks at once, the others within an interval, and the request waits.
    private func served(_ amount: Int64, at replica: Int64, _ world: inout LeaseWorld, _ replicas: Int64) -> Bool {
        for attempt in 0..<3 {
            if world.request(amount, at: replica) {
                world.settle(world.open.count - 1, at: amount)
                return true
            }
            if attempt == 1 { for other in 1...replicas where other != replica { world.exchange(other, .told) } }
            world.exchange(replica, .told)
        }
        return false
    }

    /// What one keeps unused is never more than what is there for others to draw.
    @Test func slicesShrinkAsTheBudgetRunsOut() throws {
        var world = try LeaseWorld(budget("shared", 1_000_000), replicas: 3)
        for _ in 0..<2000 {
            _ = world.request(450, at: 1)
            if !world.open.isEmpty { world.settle(0, at: 450) }
            for replica in 1...3 as ClosedRange<Int64> { world.exchange(replica, .told) }
            let left = 1_000_000 - world.taken
            for line in world.table.filter({ $0.key != 1 }).flatMap(\.value) { #expect(line.ceiling <= left / 6 + 450) }
        }
        #expect(world.taken == 900_000)
    }

    /// One that has died takes with it what it has spent and held, and no more.
    @Test func theRestOfADeadReplicasLeaseComesBack() throws {
        var world = try LeaseWorld(budget("shared", 6000), replicas: 2)
        for amount in [300, 200] as [Int64] {
            let isGranted = world.request(amount, at: 1)
            #expect(isGranted)
        }
        world.settle(0, at: 100)
        world.kill(1)
        world.pass(LeaseWorld.term - 1)
        world.exchange(2, .told)
        let early = world.request(5700, at: 2)
        #expect(!early, "the dead one's lease still runs")
        world.pass(1)
        world.exchange(2, .told)
        let late = world.request(5700, at: 2)
        #expect(late)
        #expect(world.taken == 6000)
    }

    /// One that slept beyond its lease takes nothing of it, though nobody told it yet.
    @Test func oneThatSleptHasLostItsLease() throws {
        var world = try LeaseWorld(budget("shared", 6000), replicas: 2)
        for replica in [1, 2, 1] as [Int64] { world.exchange(replica, .told) }
        let before = world.request(1, at: 1)
        world.pass(LeaseWorld.ownTerm)
        let after = world.request(1, at: 1)
        #expect(before && !after)
        world.exchange(1, .told)
        let renewed = world.request(1, at: 1)
        #expect(renewed)
    }

    /// The next window's part is there before it begins.
    @Test func theNextWindowIsLeasedAhead() throws {
        var world = try LeaseWorld(budget("shared", 600, window: .calendar(.minute)), replicas: 1)
        let isGranted = world.request(600, at: 1)
        world.pass(minute - 1000)
        world.exchange(1, .told)
        world.pass(1000)
        let isGrantedAgain = world.request(600, at: 1)
        #expect(isGranted && isGrantedAgain)
    }

    /// Without word of the others a replica stops, goes on within its part, or goes by the cap.
    @Test(arguments: [(LossPolicy.refuse, false, false), (.leaseOnly, true, false), (.open, true, true)])
    func whatIsDoneWithoutTheOthersIsAPolicy(policy: LossPolicy, withinPart: Bool, beyond: Bool) throws {
        var world = try LeaseWorld(budget("shared", 6000), replicas: 2, policy: policy)
        world.exchange(1, .told)
        world.isDatabaseAway = true
        world.exchange(1, .told)
        let first = world.request(100, at: 1)
        #expect(first == withinPart)
        let second = world.request(5000, at: 1)
        #expect(second == beyond)
        world.pass(LeaseWorld.ownTerm)
        let third = world.request(100, at: 1)
        #expect(third == beyond)
    }

    /// A shortage that others could end says so; one that nobody could end does not.
    @Test func aShortageIsElsewhereWhileThereIsSomethingLeft() throws {
        let world = try LeaseWorld(budget("shared", 6000), replicas: 2)
        let book = try #require(world.books[2])
        let refused = #expect(throws: Shortfall.self) { try book.hold(dollars(5000)) }
        #expect(refused?.isElsewhere == true && refused?.isPassing == true)
        let final = #expect(throws: Shortfall.self) { try book.hold(dollars(7000)) }
        #expect(final?.isElsewhere == false && final?.isPassing == false)
    }

    /// A request that can wait is not cut short by a small part; one that can't is.
    @Test func aPatientClaimIsGrantedInFull() throws {
        var world = try LeaseWorld(budget("shared", 6000), replicas: 2)
        for replica in [1, 2] as [Int64] { world.exchange(replica, .told) }
        let book = try #require(world.books[2])
        var claim = Claim(
            accounts: book.accounts(for: .anonymous, tags: []),
            model: ModelID("model"),
            request: RequestID(high: 1, low: 1),
            startedAt: morning,
            before: .zero,
            need: dollars(4000),
            minimum: dollars(10)
        )
        claim.isPatient = true
        let refused = #expect(throws: Shortfall.self) { try book.hold(claim, now: morning) }
        #expect(refused?.isElsewhere == true)
        #expect(book.status("shared")?.refusals == 0)
        world.exchange(2, .told)
        let whole = try book.hold(claim, now: morning)
        #expect(whole.granted == dollars(4000))
        world.exchange(2, .told)
        claim.isPatient = false
        claim.need = dollars(2000)
        let cut = try book.hold(claim, now: morning)
        #expect(cut.granted.cost.nanodollars < 2000)
    }
}
