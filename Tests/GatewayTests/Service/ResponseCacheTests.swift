import Domain
import Reactor
import Tenancy
import Testing
import Wire

@testable import Gateway

@Suite struct ResponseCacheTests {
    private let backend: Backend
    private let client = Client(
        payer: Payer(organisation: TenantID(rawValue: "shop"), key: KeyID(rawValue: "app"))
    )

    init() throws { backend = try Policy.test([entry("a")]).backends[0] }

    @Test func anAnswerIsGoodForItsTime() throws {
        let cache = ResponseCache(bytesMax: 1 << 20, timeToLive: .seconds(10))
        try keep("one", for: 1, in: cache, at: .at(0))
        #expect(try body(of: 1, in: cache, at: .at(9999)) == "one")
        #expect(try body(of: 1, in: cache, at: .at(10_000)) == nil)
    }

    @Test func theLeastRecentlyUsedGoesFirst() throws {
        let cache = ResponseCache(bytesMax: 1000, timeToLive: .seconds(10))
        for seed in 0..<3 { try keep(String(repeating: "x", count: 10), for: seed, in: cache, at: .at(0)) }
        #expect(try body(of: 0, in: cache, at: .at(1)) != nil)
        try keep("new", for: 3, in: cache, at: .at(2))
        let known = try (0..<4).filter { try body(of: $0, in: cache, at: .at(3)) != nil }
        #expect(known == [0, 2, 3])
    }

    @Test func anAnswerLargerThanTheCacheIsNotKept() throws {
        let cache = ResponseCache(bytesMax: 1000, timeToLive: .seconds(10))
        try keep("small", for: 0, in: cache, at: .at(0))
        try keep(String(repeating: "x", count: 2000), for: 1, in: cache, at: .at(0))
        #expect(try body(of: 1, in: cache, at: .at(0)) == nil)
        #expect(try body(of: 0, in: cache, at: .at(0)) == "small")
    }

    /// A stream is gathered while it is sent, and only as far as it could be kept.
    @Test func aStreamTooLongToKeepIsNotGathered() throws {
        let record = RequestRecord.test()
        record.keepStreamed(Array("a".utf8), bytesMax: 10)
        #expect(record.streamed == nil, "nobody asked for it")
        record.streamed = []
        record.keepStreamed(Array("12345".utf8), bytesMax: 10)
        #expect(record.streamed?.text == "12345")
        record.keepStreamed(Array("678901".utf8), bytesMax: 10)
        #expect(record.streamed == nil)

        record.backend = backend
        #expect(SharedAnswer(.stream(rest: Array("end".utf8), ending: []), record) == nil)
    }

    private func key(_ seed: Int) throws -> AnswerKey {
        let request = try InferenceRequest.chat(#"{"model":"a","messages":[{"role":"user"}],"seed":\#(seed)}"#)
        return try #require(AnswerKey(request, .endpoint(.chat), of: client))
    }

    private func keep(_ body: String, for seed: Int, in cache: ResponseCache, at now: Instant) throws {
        let record = RequestRecord.test()
        record.backend = backend
        let answer = SharedAnswer(.whole(status: 200, contentType: [], body: Array(body.utf8)), record)
        cache.keep(try #require(answer), for: try key(seed), at: now)
    }

    private func body(of seed: Int, in cache: ResponseCache, at now: Instant) throws -> String? {
        cache.answer(for: try key(seed), of: client, at: now)?.body.text
    }
}
