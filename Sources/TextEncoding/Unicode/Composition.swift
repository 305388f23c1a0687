/// Canonical composition: Unicode Standard Annex 15, §1.3, and The Unicode Standard, D117.
struct Composition: Sendable {
    /// By the tables of Hugging Face's tokenizers.
    static let standard = Composition()

    private var pairs = PairTable(capacity: 1024)
    private let classes = CharacterClasses.standard

    private init() {
        let entries = CharacterMapping.composable.entries.sorted { $0.target.count < $1.target.count }
        var composed: [ArraySlice<UInt32>: UInt32] = [:]
        for (scalar, target) in entries {
            composed[target] = scalar
            // A decomposition of three is that of two composed with the last.
            guard target.count > 1, let last = target.last else { continue }
            guard let first = target.count == 2 ? target.first : composed[target.dropLast()] else { continue }
            pairs.set(first, last, to: UInt64(scalar))
        }
    }

    /// Composes decomposed scalars in place.
    func compose(_ scalars: inout [UInt32]) {
        /// The last character that others can be composed with, and where it is.
        var starter: Int?
        var lastClass: UInt8 = 0
        var count = 0
        for index in scalars.indices {
            let scalar = scalars[index]
            let combiningClass = scalar < 0x300 ? 0 : classes[scalar].combiningClass
            // Blocked if a mark between them has the same class or a higher one, or is itself a starter.
            let isAdjacent = starter.map { $0 + 1 == count } ?? false
            if let place = starter, isAdjacent || (lastClass != 0 && lastClass < combiningClass),
                let composed = compose(scalars[place], scalar)
            {
                scalars[place] = composed
                continue
            }
            if combiningClass == 0 { starter = count }
            lastClass = combiningClass
            scalars[count] = scalar
            count += 1
        }
        scalars.removeSubrange(count...)
    }

    @inline(__always)
    private func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
        // No second half of a pair is below the combining marks.
        if second < 0x300 { return nil }
        return Hangul.syllable(first, second) ?? pairs.value(first, second).map { UInt32($0) }
    }
}
