import Domain
import Testing

@Suite struct RequestIDTests {
    @Test(arguments: 0..<20)
    func isAVersion7UUID(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let id = RequestID(unixMilliseconds: .random(in: 0...1 << 47, using: &generator), using: &generator)
            let text = Array(id.description)
            #expect(text.count == 36)
            #expect([8, 13, 18, 23].allSatisfy { text[$0] == "-" })
            #expect(text.allSatisfy { "0123456789abcdef-".contains($0) })
            #expect(text[14] == "7", "version 7")
            #expect("89ab".contains(text[19]), "variant of RFC 9562")
        }
    }

    /// RFC 9562, appendix A.6.
    @Test func showsTheExampleOfTheStandard() {
        let id = RequestID(high: 0x017F_22E2_79B0_7CC3, low: 0x98C4_DC0C_0C07_398F)
        #expect(id.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        #expect(id.unixMilliseconds == 1_645_557_742_000)
    }

    @Test func knowsItsTime() {
        var generator = SeededGenerator(seed: 1)
        for milliseconds in [0, 1, 1_900_000_000_123, 1 << 47] as [Int64] {
            #expect(RequestID(unixMilliseconds: milliseconds, using: &generator).unixMilliseconds == milliseconds)
        }
    }

    /// Ids of the same millisecond that two threads made still sort by age, whatever their random bits.
    @Test(arguments: 0..<20)
    func sortsByAgeWithinAMillisecond(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let start: Int64 = 1_800_000_000_123_000_000
        let ids = (0..<4000).map { RequestID(unixNanoseconds: start + $0 * 250, using: &generator) }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0.high < $1.high })
        #expect(ids.allSatisfy { $0.unixMilliseconds == start / 1_000_000 })
        #expect(ids.allSatisfy { $0.description.dropFirst(14).first == "7" })
    }

    /// The ledger's pages go by id, latest first.
    @Test(arguments: 0..<20)
    func sortsByAge(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let times = (0..<100).map { _ in Int64.random(in: 0...1 << 40, using: &generator) }.sorted()
        let texts = Set(times).sorted().map { RequestID(unixMilliseconds: $0, using: &generator).description }
        #expect(texts == texts.sorted())
    }

    @Test func isAnotherForEachRequestOfOneMillisecond() {
        var generator = SeededGenerator(seed: 3)
        let ids = (0..<100_000).map { _ in RequestID(unixMilliseconds: 1_900_000_000_000, using: &generator) }
        #expect(Set(ids).count == ids.count)
    }

    @Test func itsHalvesMakeItAgain() {
        var generator = SeededGenerator(seed: 4)
        let id = RequestID(unixMilliseconds: 1_900_000_000_000, using: &generator)
        #expect(RequestID(high: id.high, low: id.low) == id)
    }
}
