/// The four normal forms of Unicode Standard Annex 15, by the tables of Hugging Face's tokenizers.
enum NormalForm: Sendable {
    case nfc, nfd, nfkc, nfkd

    /// Below this scalar every character is in this form, whatever follows it below this scalar.
    private var firstAffected: UInt32 {
        switch self {
        case .nfc: 0x300
        case .nfd: 0xC0
        case .nfkc, .nfkd: 0xA0
        }
    }

    /// `text`, valid UTF-8, in this form.
    ///
    /// - Complexity: O(n), but O(m log m) for m marks behind one character.
    func normalized(_ text: [UInt8]) -> [UInt8] {
        let firstAffected = firstAffected
        // The first byte of a scalar of two bytes tells enough.
        let limit = UInt8(firstAffected >> 6) | 0xC0
        guard text.contains(where: { $0 >= limit }) else { return text }
        var scalars = DecomposedText(text, compatible: self == .nfkc || self == .nfkd).scalars
        if self == .nfc || self == .nfkc { Composition.standard.compose(&scalars) }
        var normalized: [UInt8] = []
        normalized.reserveCapacity(text.count)
        for scalar in scalars { normalized.append(scalar: scalar) }
        return normalized
    }
}

/// A text as scalars, decomposed and with its marks in canonical order.
struct DecomposedText {
    /// The scalars.
    var scalars: [UInt32]

    /// Decomposes `text`, valid UTF-8.
    init(_ text: [UInt8], compatible: Bool) {
        let text = text.span
        var scalars: [UInt32] = []
        let mapping = compatible ? CharacterMapping.compatible : .canonical
        let classes = CharacterClasses.standard
        var marks = MarkSorter()
        scalars.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let (scalar, length) = text.scalar(at: index)
            index &+= length
            mapping.decompose(scalar) { scalar in
                let combiningClass = scalar < 0x300 ? 0 : classes[scalar].combiningClass
                guard combiningClass == 0 else { return marks.hold(scalar, combiningClass) }
                marks.flush { scalars.append($0) }
                scalars.append(scalar)
            }
        }
        marks.flush { scalars.append($0) }
        self.scalars = scalars
    }
}

extension CharacterMapping {
    /// Passes what `scalar` becomes, Hangul included, to `body`, one by one.
    @inline(__always)
    func decompose(_ scalar: UInt32, _ body: (UInt32) -> Void) {
        if scalar < 0xA0 { return body(scalar) }
        if let positions = positions(of: scalar) {
            for position in positions { body(self[position: position]) }
        } else if let letters = Hangul.letters(of: scalar) {
            body(letters.lead)
            body(letters.vowel)
            if letters.trail != 0 { body(letters.trail) }
        } else {
            body(scalar)
        }
    }
}

/// Holds marks back until the next character that isn't one, and lets them out sorted by their classes.
struct MarkSorter {
    /// Class above, order of arrival in the middle, scalar below: sorted as numbers, equal classes keep their order.
    private var marks: [UInt64] = []

    /// Takes a mark whose class isn't 0.
    mutating func hold(_ scalar: UInt32, _ combiningClass: UInt8) {
        marks.append(UInt64(combiningClass) << 56 | UInt64(marks.count) << 21 | UInt64(scalar))
    }

    /// Passes the marks that are held back to `body`, one by one.
    @inline(__always)
    mutating func flush(_ body: (UInt32) -> Void) {
        guard !marks.isEmpty else { return }
        marks.sort()
        for mark in marks { body(UInt32(mark & 0x1F_FFFF)) }
        marks.removeAll(keepingCapacity: true)
    }
}
