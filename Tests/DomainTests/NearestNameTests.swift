import Domain
import Testing

@Suite struct NearestNameTests {
    private let keys = ["strategy", "capability", "max_cost_usd", "max_latency_ms", "fallbacks", "dry_run", "tags"]

    @Test(arguments: [
        ("stratgy", "strategy"), ("STRATEGY", "strategy"), ("dryrun", "dry_run"), ("fallback", "fallbacks"),
        ("max_cost", "max_cost_usd"), ("tag", "tags"), ("max_latncy_ms", "max_latency_ms"),
    ])
    func findsWhatWasMeant(name: String, meant: String) {
        #expect(nearestName(to: name, in: keys) == meant)
    }

    @Test(arguments: ["completely_else", "", "x"])
    func offersNothingForWhatIsNear(name: String) {
        #expect(nearestName(to: name, in: ["strategy", "fallbacks"]) == nil)
    }

    /// Its time is the product of both lengths, and the name comes from outside.
    @Test func isNotTroubledByLongNames() {
        #expect(nearestName(to: String(repeating: "strategy", count: 100_000), in: keys) == nil)
        #expect(nearestName(to: "x", in: []) == nil)
    }

    /// Every slip of one byte is found: an insertion, a deletion, a replacement.
    @Test(arguments: 0..<50)
    func oneSlipIsAlwaysForgiven(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let name = try #require(keys.randomElement(using: &generator))
        var bytes = Array(name.utf8)
        let place = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(UInt8(ascii: "q"), at: place)
        default: bytes[place] = UInt8(ascii: "q")
        }
        #expect(nearestName(to: String(decoding: bytes, as: UTF8.self), in: keys) == name)
    }
}
