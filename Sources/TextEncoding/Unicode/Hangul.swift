/// Korean syllables, which are composed by arithmetic: The Unicode Standard, §3.12.
enum Hangul {
    private static let syllables: UInt32 = 0xAC00
    private static let leads: UInt32 = 0x1100
    private static let vowels: UInt32 = 0x1161
    private static let trails: UInt32 = 0x11A7
    private static let (leadCount, vowelCount, trailCount): (UInt32, UInt32, UInt32) = (19, 21, 28)

    /// The two or three letters of a syllable, the last 0 if there are two; `nil` for other characters.
    @inline(__always)
    static func letters(of scalar: UInt32) -> (lead: UInt32, vowel: UInt32, trail: UInt32)? {
        let index = scalar &- syllables
        guard index < leadCount * vowelCount * trailCount else { return nil }
        let trail = index % trailCount
        let lead = leads + index / (vowelCount * trailCount)
        return (lead, vowels + index / trailCount % vowelCount, trail == 0 ? 0 : trails + trail)
    }

    /// The syllable of a leading letter and a vowel, or of a syllable without trailing letter and one.
    @inline(__always)
    static func syllable(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first &- leads < leadCount, second &- vowels < vowelCount {
            return syllables + ((first - leads) * vowelCount + second - vowels) * trailCount
        }
        let index = first &- syllables
        let trail = second &- trails
        guard index < leadCount * vowelCount * trailCount, index % trailCount == 0 else { return nil }
        return (1..<trailCount).contains(trail) ? first + trail : nil
    }
}
