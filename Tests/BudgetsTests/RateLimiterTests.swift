import Domain
import Testing

@testable import Budgets

@Suite struct RateLimiterTests {
    private func limiter(_ limits: RateLimit...) -> RateLimiter { RateLimiter(limits, now: 0) }

    private func limit(
        _ scope: Budget.Scope = .everyone,
        requests: Int64? = nil,
        tokens: Int64? = nil,
        concurrency: Int? = nil
    ) -> RateLimit {
        RateLimit(scope: scope, requestsPerMinute: requests, tokensPerMinute: tokens, concurrency: concurrency)
    }

    @Test func theWaitIsExactToTheMillisecond() throws {
        let limiter = limiter(limit(requests: 7))
        let limits = limiter.limits(for: .anonymous, tags: [])
        for _ in 0..<7 { _ = try limiter.admit(tokens: 0, by: limits, now: 0) }
        let throttling = #expect(throws: Throttling.self) { try limiter.admit(tokens: 0, by: limits, now: 0) }
        #expect(throttling?.cause == .requests)
        let wait = try #require(throttling?.waitMilliseconds)
        #expect(wait == 8572)
        #expect(throws: Throttling.self) { try limiter.admit(tokens: 0, by: limits, now: wait - 1) }
        _ = try limiter.admit(tokens: 0, by: limits, now: wait)
    }

    @Test func manyAtOnceCannotPassWhatOneAloneCouldNot() throws {
        let limiter = limiter(limit(tokens: 100))
        let limits = limiter.limits(for: .anonymous, tags: [])
        let ticket = try limiter.admit(tokens: 60, by: limits, now: 0)
        #expect(throws: Throttling.self) { try limiter.admit(tokens: 60, by: limits, now: 0) }
        #expect(limiter.settle(ticket, tokens: 20, now: 0))
        #expect(!limiter.settle(ticket, tokens: 20, now: 0))
        #expect(limiter.allowance(of: limits, now: 0).tokens?.remaining == 80)
        #expect(
            (#expect(throws: Throttling.self) { try limiter.admit(tokens: 101, by: limits, now: 0) })?.cause == .size
        )
    }

    @Test func whatWasUsedBeyondTheEstimateHasToComeInAgain() throws {
        let limiter = limiter(limit(tokens: 60))
        let limits = limiter.limits(for: .anonymous, tags: [])
        limiter.settle(try limiter.admit(tokens: 60, by: limits, now: 0), tokens: 90, now: 0)
        #expect(limiter.allowance(of: limits, now: 0).tokens?.remaining == 0)
        let throttling = #expect(throws: Throttling.self) { try limiter.admit(tokens: 1, by: limits, now: 0) }
        #expect(throttling?.waitMilliseconds == 31_000)
        #expect(limiter.allowance(of: limits, now: 0).tokens?.resetMilliseconds == 90_000)
    }

    @Test func concurrencyCountsWhatIsUnderWay() throws {
        let model = ModelID("m")
        let limiter = limiter(limit(.model(model), concurrency: 2), limit(.key(KeyID(rawValue: "k")), requests: 1))
        let limits = limiter.limits(of: model)
        let tickets = try (0..<2).map { _ in try limiter.admit(tokens: 5, by: limits, now: 0) }
        let throttling = #expect(throws: Throttling.self) { try limiter.admit(tokens: 5, by: limits, now: 0) }
        #expect(throttling?.cause == .concurrency)
        #expect(throttling?.waitMilliseconds == nil)
        limiter.settle(tickets[0], tokens: 5, now: 0)
        limiter.settle(tickets[0], tokens: 5, now: 0)
        _ = try limiter.admit(tokens: 5, by: limits, now: 0)
        #expect(throws: Throttling.self) { try limiter.admit(tokens: 5, by: limits, now: 0) }
    }

    @Test func whoIsRefusedByOneLimitTakesNothingOfAnother() throws {
        let limiter = limiter(limit(requests: 10), limit(.tag("x"), tokens: 10))
        let limits = limiter.limits(for: .anonymous, tags: ["x"])
        #expect(throws: Throttling.self) { try limiter.admit(tokens: 11, by: limits, now: 0) }
        #expect(limiter.allowance(of: limits, now: 0).requests?.remaining == 10)
    }

    @Test func aReloadKeepsLevelsAndWhatIsUnderWay() throws {
        let limiter = limiter(limit(requests: 10, concurrency: 1))
        let limits = limiter.limits(for: .anonymous, tags: [])
        let ticket = try limiter.admit(tokens: 0, by: limits, now: 0)
        limiter.replace([limit(.organisation(.anonymous), concurrency: 1), limit(requests: 10)], now: 0)
        #expect(limiter.allowance(of: limits, now: 0).requests?.remaining == 9)
        #expect(throws: Throttling.self) { try limiter.admit(tokens: 0, by: limits, now: 0) }
        limiter.settle(ticket, tokens: 0, now: 0)
        _ = try limiter.admit(tokens: 0, by: limits, now: 0)
    }

    @Test(
        arguments: [
            (0, "0ms"), (12, "12ms"), (999, "999ms"), (1000, "1s"), (1500, "1.5s"), (59_007, "59.007s"),
            (360_000, "6m0s"), (61_250, "1m1.25s"),
        ] as [(Int64, String)]
    )
    func resetsAreDurations(milliseconds: Int64, text: String) {
        var bytes: [UInt8] = []
        RateAllowance.Item(limit: 1, remaining: 1, resetMilliseconds: milliseconds).appendReset(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    /// In any span of time a bucket lets in its limit and what comes in meanwhile, and it never refuses longer than it
    /// said.
    @Test(arguments: 0..<50)
    func neverMoreThanTheLimitAndWhatCameIn(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let limit = Int64.random(in: 1...500, using: &generator)
        var bucket = TokenBucket(limit: limit, now: 0)
        var taken: [(at: Int64, count: Int64)] = []
        var now: Int64 = 0
        for _ in 0..<300 {
            now += Int64.random(in: 0..<4000, using: &generator)
            bucket.advance(to: now)
            let count = Int64.random(in: 1...limit, using: &generator)
            let wait = bucket.wait(for: count)
            guard wait == 0 else {
                var later = bucket
                later.advance(to: now + wait - 1)
                #expect(later.wait(for: count) > 0)
                later.advance(to: now + wait)
                #expect(later.wait(for: count) == 0)
                continue
            }
            bucket.take(count)
            taken.append((now, count))
            var sum: Int64 = 0
            for entry in taken.reversed() {
                sum += entry.count
                #expect(sum * 60_000 <= limit * 60_000 + limit * (now - entry.at))
            }
        }
    }

    @Test func absurdLimitsAndClocksNeitherTrapNorPass() throws {
        let limiter = limiter(limit(requests: .max, tokens: .max, concurrency: .max), limit(.tag("no"), requests: 0))
        let limits = limiter.limits(for: .anonymous, tags: [])
        let ticket = try limiter.admit(tokens: 1 << 30, by: limits, now: .max)
        limiter.settle(ticket, tokens: .max, now: 0)
        _ = limiter.allowance(of: limits, now: .min)
        let none = limiter.limits(for: .anonymous, tags: ["no"])
        #expect(
            (#expect(throws: Throttling.self) { try limiter.admit(tokens: -1, by: none, now: 0) })?.waitMilliseconds
                == nil
        )
    }
}
