import Domain
import Synchronization
import Testing

@testable import Budgets

@Suite struct RateLeaseTests {
    /// Replicas that share limits through a table, on one clock.
    private struct World {
        private final class Time: Sendable {
            let milliseconds = Atomic<Int64>(0)
            private let zero = ContinuousClock.now
            var instant: ContinuousClock.Instant {
                zero.advanced(by: .milliseconds(milliseconds.load(ordering: .relaxed)))
            }
        }

        private let time = Time()
        private let limit: RateLimit
        private(set) var limiters: [Int64: RateLimiter] = [:]
        private var table: [Int64: [LeaseGrant]] = [:]
        private var expiry: [Int64: Int64] = [:]
        /// When each request was let in, with its tokens.
        private(set) var admitted: [(at: Int64, tokens: Int64)] = []

        init(_ limit: RateLimit, replicas: Int64) {
            self.limit = limit
            for replica in 1...replicas { join(replica) }
        }

        var now: Int64 { time.milliseconds.load(ordering: .relaxed) }

        func pass(_ milliseconds: Int64) { time.milliseconds.add(milliseconds, ordering: .relaxed) }

        mutating func join(_ replica: Int64) {
            let limiter = RateLimiter([limit], now: now)
            limiter.share(.leaseOnly) { [time] in time.instant }
            (limiters[replica], table[replica]) = (limiter, [])
            exchange(replica)
        }

        mutating func kill(_ replica: Int64) { limiters[replica] = nil }

        mutating func exchange(_ replica: Int64, isTold: Bool = true, answeredAfter wait: Int64 = 0) {
            guard let limiter = limiters[replica] else { return }
            for (other, end) in expiry where end <= now { (table[other], expiry[other]) = (nil, nil) }
            expiry[replica] = now + 15_000
            let others = table.filter { $0.key != replica }.flatMap(\.value)
            let lines = Dictionary(grouping: others, by: \.key).mapValues { $0.map(\.line) }
            let deadline = time.instant.advanced(by: .seconds(12))
            let grants = limiter.exchange(lines, replicas: expiry.count, as: replica, now: now)
            table[replica] = grants
            pass(wait)
            if isTold { limiter.take(grants, until: deadline, now: now) }
        }

        mutating func ask(_ replica: Int64, tokens: Int64) -> RateTicket? {
            guard let limiter = limiters[replica] else { return nil }
            let limits = limiter.limits(for: .anonymous, tags: [])
            guard let ticket = try? limiter.admit(tokens: tokens, by: limits, now: now) else { return nil }
            admitted.append((now, tokens))
            return ticket
        }
    }

    private func limit(requests: Int64? = nil, tokens: Int64? = nil, concurrency: Int? = nil) -> RateLimit {
        RateLimit(scope: .everyone, requestsPerMinute: requests, tokensPerMinute: tokens, concurrency: concurrency)
    }

    /// However requests come, replicas together let no more in than one bucket would.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func togetherNoMoreThanOneBucket(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let (requests, tokens) = (
            Int64.random(in: 6...600, using: &generator), Int64.random(in: 500...50_000, using: &generator)
        )
        let count = Int64.random(in: 1...4, using: &generator)
        var world = World(limit(requests: requests, tokens: tokens), replicas: count)
        for _ in 0..<3000 {
            let replica = Int64.random(in: 1...count, using: &generator)
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<80: _ = world.ask(replica, tokens: .random(in: 1...200, using: &generator))
            case 80..<90: world.exchange(replica, isTold: Int.random(in: 0..<5, using: &generator) > 0)
            case 90: if world.limiters.count > 1 { world.kill(replica) }
            case 91: if world.limiters[replica] == nil { world.join(replica) }
            default: world.pass(.random(in: 0...1500, using: &generator))
            }
        }
        // What one full bucket lets in: as much as it holds, and as much again each minute.
        for (start, first) in world.admitted.enumerated() where start % 7 == 0 {
            var sum: (requests: Int64, tokens: Int64) = (0, 0)
            for later in world.admitted[start...] {
                sum = (sum.requests + 1, sum.tokens + later.tokens)
                let allowed = 60_000 + later.at - first.at
                try #require(sum.requests * 60_000 <= requests * allowed)
                try #require(sum.tokens * 60_000 <= tokens * allowed)
            }
        }
    }

    /// Where all requests come to one replica, it gets what the others do not use.
    @Test func theLimitGoesWhereTheRequestsAre() {
        var world = World(limit(requests: 600), replicas: 3)
        for second in 0..<240 as Range<Int64> {
            for _ in 0..<20 { _ = world.ask(1, tokens: 0) }
            world.pass(1000)
            for replica in 1...3 as ClosedRange<Int64> where (second + replica) % 2 == 0 { world.exchange(replica) }
        }
        let lastMinute = world.admitted.filter { $0.at >= 180_000 }.count
        #expect(lastMinute >= 560 && lastMinute <= 600)
    }

    /// Of so many at once each replica has some, and together they have no more.
    @Test func requestsAtOnceAreShared() {
        var world = World(limit(concurrency: 9), replicas: 3)
        var tickets: [RateTicket] = []
        for _ in 0..<12 {
            for replica in 1...3 as ClosedRange<Int64> {
                if let ticket = world.ask(replica, tokens: 0) { tickets.append(ticket) }
                world.exchange(replica)
            }
        }
        #expect(tickets.count == 9)
    }

    /// Without word of the others what was leased ends.
    @Test func aPartEndsWithItsLease() {
        var world = World(limit(requests: 600), replicas: 1)
        let before = world.ask(1, tokens: 0)
        world.pass(12_000)
        let after = world.ask(1, tokens: 0)
        world.exchange(1)
        world.pass(1000)
        let renewed = world.ask(1, tokens: 0)
        #expect(before != nil && after == nil && renewed != nil)
    }

    /// What is in a bucket stays when others come; what they have fills by and by.
    @Test func whatWasThereStaysThere() {
        var world = World(limit(requests: 600), replicas: 1)
        for _ in 0..<500 { _ = world.ask(1, tokens: 0) }
        world.join(2)
        for replica in [1, 2] as [Int64] { world.exchange(replica) }
        for _ in 0..<300 { for replica in [1, 2] as [Int64] { _ = world.ask(replica, tokens: 0) } }
        #expect(world.admitted.count == 600)
    }

    /// One that comes later has a part that others gave up, and nothing in it.
    @Test func oneThatComesLaterBeginsEmpty() {
        var world = World(limit(requests: 600), replicas: 2)
        for replica in [1, 2] as [Int64] { world.exchange(replica) }
        for _ in 0..<600 { for replica in [1, 2] as [Int64] { _ = world.ask(replica, tokens: 0) } }
        world.kill(1)
        world.join(1)
        let early = world.ask(1, tokens: 0)
        world.pass(1000)
        let late = world.ask(1, tokens: 0)
        #expect(early == nil && late != nil)
    }

    /// What nobody uses goes to where requests are refused, all of it at once.
    @Test func whatIsRefusedTakesWhatNobodyUses() {
        var world = World(limit(concurrency: 9), replicas: 3)
        for replica in 1...3 as ClosedRange<Int64> { world.exchange(replica) }
        for _ in 0..<3 {
            for _ in 0..<12 { _ = world.ask(1, tokens: 0) }
            for replica in 1...3 as ClosedRange<Int64> { world.exchange(replica) }
        }
        #expect(world.admitted.count == 9)
    }

    /// Who is refused comes again soon where others may have given something up by then: its own part takes 20 s.
    @Test func theWaitIsShortWhileOthersHaveMore() throws {
        var world = World(limit(requests: 6), replicas: 2)
        for replica in [1, 2, 1] as [Int64] { world.exchange(replica) }
        let limiter = try #require(world.limiters[1])
        let limits = limiter.limits(for: .anonymous, tags: [])
        for _ in 0..<3 { _ = try limiter.admit(tokens: 0, by: limits, now: world.now) }
        let refused = #expect(throws: Throttling.self) { try limiter.admit(tokens: 0, by: limits, now: world.now) }
        #expect(refused?.waitMilliseconds == 1000)
    }

    /// An answer that comes after the lease's end gives nothing; neither does a limit of which the others were not told.
    @Test func nothingIsLetInWithoutALease() throws {
        var world = World(limit(requests: 600), replicas: 1)
        world.exchange(1, answeredAfter: 12_000)
        let atOnce = world.ask(1, tokens: 0)
        world.pass(1000)
        let later = world.ask(1, tokens: 0)
        #expect(atOnce == nil && later == nil)
        world.exchange(1)
        world.pass(1000)
        let limiter = try #require(world.limiters[1])
        let (old, new) = (
            limit(requests: 600),
            RateLimit(scope: .tag("x"), requestsPerMinute: 60, tokensPerMinute: nil, concurrency: nil)
        )
        limiter.replace([old, new], now: world.now)
        #expect(limiter.sharedKeys.count == 2)
        let tagged = limiter.limits(for: .anonymous, tags: ["x"])
        #expect(throws: Throttling.self) { try limiter.admit(tokens: 0, by: tagged, now: world.now) }
        _ = try limiter.admit(tokens: 0, by: limiter.limits(for: .anonymous, tags: []), now: world.now)
        let fresh = RateLimiter([old], now: 0)
        fresh.share(.leaseOnly) { .now }
        #expect(throws: Throttling.self) {
            try fresh.admit(tokens: 0, by: fresh.limits(for: .anonymous, tags: []), now: 0)
        }
    }
}
