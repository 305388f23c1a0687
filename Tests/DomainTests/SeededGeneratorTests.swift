import Domain
import Testing

@Suite struct SeededGeneratorTests {
    private static let published: [(UInt64, [UInt64])] = [
        (0, [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4, 0x06C4_5D18_8009_454F]),
        (1_234_567, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]),
    ]

    /// The numbers of the authors' own program in C, <https://prng.di.unimi.it/splitmix64.c>.
    @Test(arguments: published)
    func givesTheNumbersOfSplitMix64(seed: UInt64, numbers: [UInt64]) {
        var generator = SeededGenerator(seed: seed)
        #expect(numbers.map { _ in generator.next() } == numbers)
    }

    @Test func theSameSeedGivesTheSameNumbers() {
        var (left, right) = (SeededGenerator(seed: 9), SeededGenerator(seed: 9))
        #expect((0..<100).map { _ in left.next() } == (0..<100).map { _ in right.next() })
    }

    /// Event loops take neighbouring seeds: their ids and draws must have nothing to do with each other.
    @Test func neighbouringSeedsHaveNoNumberInCommon() {
        let numbers = (0..<8 as Range<UInt64>).flatMap { seed in
            var generator = SeededGenerator(seed: seed)
            return (0..<1000).map { _ in generator.next() }
        }
        #expect(Set(numbers).count == numbers.count)
    }

    /// The bounds are six standard deviations away.
    @Test func everyBitIsSetHalfTheTime() {
        var generator = SeededGenerator(seed: 5)
        var counts = [Int](repeating: 0, count: 64)
        for _ in 0..<10_000 {
            let number = generator.next()
            for bit in 0..<64 { counts[bit] += Int(number >> UInt64(bit) & 1) }
        }
        #expect(counts.allSatisfy { (4700...5300).contains($0) })
    }
}
