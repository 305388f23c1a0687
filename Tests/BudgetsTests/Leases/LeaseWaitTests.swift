import Domain
import Testing

@testable import Budgets

/// What requests that wait get of what other replicas do not need, and what they are told meanwhile.
@Suite struct LeaseWaitTests {
    /// Replicas that have shared `cap` evenly: each keeps one of two times as many parts.
    private func world(_ cap: Int64 = 6000, replicas: Int64 = 2) throws -> LeaseWorld {
        var world = try LeaseWorld(budget("shared", cap), replicas: replicas)
        for replica in 1...replicas { world.exchange(replica, .told) }
        return world
    }

    private func ceiling(of replica: Int64, in world: LeaseWorld) -> Int64? { world.table[replica]?.first?.ceiling }

    /// The others keep what is left beyond that alone, though they might need it as well.
    @Test func othersGiveUpWhatARequestWaitsFor() throws {
        var world = try world(replicas: 3)
        for isGranted in [false, false, true] {
            let isGrantedNow = world.request(5900, at: 2)
            #expect(isGrantedNow == isGranted)
            for replica in [2, 1, 3] as [Int64] { world.exchange(replica, .told) }
        }
    }

    /// Two that wait for what would do for one do not keep it from each other, whether one alone gets it at once or not.
    @Test(arguments: [600, 800] as [Int64])
    func ofTwoThatWaitOneGoesFirst(amount: Int64) throws {
        var world = try world(1000)
        var admitted = 0
        for _ in 0..<6 {
            for replica in [2, 1] as [Int64] where world.request(amount, at: replica) { admitted += 1 }
            for replica in [2, 1] as [Int64] { world.exchange(replica, .told) }
        }
        #expect(admitted == 1)
    }

    /// Nobody gives up anything for what cannot be had.
    @Test func whatNobodyHasIsNotWaitedFor() throws {
        var world = try world()
        let isGranted = world.request(6001, at: 2)
        world.exchange(2, .told)
        #expect(!isGranted && ceiling(of: 2, in: world) == 1500)
    }

    /// As after a settlement of more than was held.
    @Test func whatIsTakenBeyondAPartIsNobodyElses() {
        let beyond = LeaseLine(replica: 1, cell: 0, ceiling: 10, used: 40)
        let idle = LeaseLine(replica: 3, cell: 0, ceiling: 60, used: 0)
        let shares = LeaseShares([beyond, idle], of: 2, replicas: 3)
        #expect(shares.ceiling(of: 100, own: 0, wanted: 100, atLeast: 0) == 0)
    }

    @Test func whatSeveralRequestsWaitForAddsUp() throws {
        var world = try world()
        for _ in 0..<2 {
            let isGranted = world.request(1600, at: 2)
            #expect(!isGranted)
        }
        world.exchange(2, .told)
        for _ in 0..<2 {
            let isGranted = world.request(1600, at: 2)
            #expect(isGranted)
        }
    }

    /// A request that went away leaves its part to others with the next exchange.
    @Test func whatNobodyWaitsForAnyMoreIsGivenUp() throws {
        var world = try world()
        let isGranted = world.request(4000, at: 2)
        world.exchange(2, .told)
        #expect(!isGranted && ceiling(of: 2, in: world) == 4000)
        world.exchange(2, .told)
        #expect(ceiling(of: 2, in: world) == 1500)
    }

    /// What is left is what nobody has taken, and what others hold may come back.
    @Test func aRefusalCountsWhatOthersHaveTaken() throws {
        var world = try world()
        let isGranted = world.request(1400, at: 1)
        for replica in [1, 2] as [Int64] { world.exchange(replica, .told) }
        let book = try #require(world.books[2])
        let passing = #expect(throws: Shortfall.self) { try book.hold(dollars(5000)) }
        #expect(isGranted && passing?.left == 4600 && passing?.held == 1400)
        #expect(passing?.isElsewhere == false && passing?.isPassing == true)
        world.settle(0, at: 1400)
        for replica in [1, 2] as [Int64] { world.exchange(replica, .told) }
        let final = #expect(throws: Shortfall.self) { try book.hold(dollars(5000)) }
        #expect(final?.left == 4600 && final?.held == 0 && final?.isPassing == false)
    }
}

/// By what replicas go while they do not know of each other, and as budgets come and windows end.
@Suite struct LeaseModeTests {
    private static let payer = Payer.anonymous
    private let noon = ContinuousClock.now

    /// A book that shares `budgets` as the only replica; its clock stands still.
    private func shared(_ budgets: [Budget], _ policy: LossPolicy) -> BudgetBook {
        let book = BudgetBook(budgets)
        book.share(policy) { [noon] in noon }
        return book
    }

    private func renew(_ book: BudgetBook) {
        let grants = book.exchange([:], replicas: 1, as: 1, now: morning)
        book.take(grants, until: noon.advanced(by: .seconds(12)))
    }

    @Test(arguments: [LossPolicy.refuse, .leaseOnly, .open])
    func untilTheFirstExchangeNothingIsTaken(policy: LossPolicy) throws {
        let book = shared([budget("one", 100)], policy)
        let refused = #expect(throws: Shortfall.self) { try book.hold(dollars(1)) }
        #expect(refused?.isPassing == true && refused?.isSuspended == (policy != .open))
        renew(book)
        _ = try book.hold(dollars(100))
    }

    /// Nothing is taken of a budget that comes with a reload before the others were asked, unless all goes by the caps.
    @Test(arguments: [LossPolicy.leaseOnly, .open], [false, true])
    func budgetsThatComeLaterAreSharedToo(policy: LossPolicy, isLost: Bool) throws {
        let book = shared([budget("one", 100)], policy)
        renew(book)
        if isLost { book.loseLease() }
        _ = book.replace([budget("one", 100), budget("two", 50)], [], now: morning)
        #expect(book.sharedBudgets(now: morning).count == 2)
        guard policy == .leaseOnly || !isLost else {
            _ = try book.hold(dollars(50))
            return
        }
        let refused = #expect(throws: Shortfall.self) { try book.hold(dollars(1)) }
        #expect(refused?.budgetID == "two")
        renew(book)
        _ = try book.hold(dollars(50))
    }

    /// Lines that count for anybody's window are kept, also by one whose clock is ahead.
    @Test(arguments: [Budget.Window.calendar(.minute), .rolling(.minute)])
    func linesThatCountAreKept(window: Budget.Window) throws {
        let book = shared([budget("one", 100, window: window)], .leaseOnly)
        let ahead = try #require(book.sharedBudgets(now: morning + 3000).first).oldestCell
        let behind = BudgetBook([budget("one", 100, window: window)], now: morning - 3000)
        behind.share(.leaseOnly) { [noon] in noon }
        let counted = try #require(behind.leaseQueries(now: morning - 3000).first).cells.lowerBound
        #expect(ahead <= counted)
    }

    /// What others were known to have taken counts also when nobody can be asked any more, in its window.
    @Test func withoutTheOthersWhatTheyHadTakenCounts() throws {
        var world = try LeaseWorld(
            budget("shared", 600, window: .calendar(.minute)),
            replicas: 2,
            policy: .open
        )
        for replica in [1, 2] as [Int64] { world.exchange(replica, .told) }
        let isGranted = world.request(100, at: 1)
        for replica in [1, 2] as [Int64] { world.exchange(replica, .told) }
        world.isDatabaseAway = true
        world.exchange(2, .told)
        let (tooMuch, rest) = (world.request(501, at: 2), world.request(500, at: 2))
        #expect(isGranted && !tooMuch && rest)
        world.pass(minute)
        let (next, more) = (world.request(600, at: 2), world.request(1, at: 2))
        #expect(next && !more)
    }

    /// What a replica had is another one's when it wakes up after its lease.
    @Test func oneThatSleptGivesUpWhatItHad() throws {
        var world = try LeaseWorld(budget("shared", 6000), replicas: 2)
        for replica in [1, 2] as [Int64] { world.exchange(replica, .told) }
        world.pass(LeaseWorld.term / 2)
        world.exchange(2, .told)
        world.pass(LeaseWorld.term / 2)
        // Alone now, it has all that is left.
        world.exchange(2, .told)
        world.exchange(1, .told)
        for replica in [1, 2] as [Int64] { while world.request(100, at: replica) {} }
        #expect(world.taken == 6000)
    }
}
