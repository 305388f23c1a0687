/// The normalizer of BERT's `BasicTokenizer`: cleaning, ideographs set apart, accents and capitals taken away.
struct BertNormalizer: Sendable {
    private let cleansText: Bool
    private let separatesIdeographs: Bool
    private let stripsAccents: Bool
    private let lowercases: Bool
    /// What each ASCII character becomes; ``dropped`` for those that are left out.
    private let ascii: [UInt8]
    /// What each of the first characters becomes that becomes one, whatever stands beside it; 0 for the others.
    private var single: [UInt32] = []
    private let classes = CharacterClasses.standard
    private let canonical = CharacterMapping.canonical
    private let lowerCase = CharacterMapping.lowerCase

    /// Where ideographs begin: the alphabets before them take a table that a core's cache has room for.
    private static let singleEnd: UInt32 = 0x3100
    /// No ASCII character.
    private static let dropped: UInt8 = 0xFF

    /// The steps to take; each stands for the field of the same sense in tokenizer.json.
    init(cleansText: Bool, separatesIdeographs: Bool, stripsAccents: Bool, lowercases: Bool) {
        self.cleansText = cleansText
        self.separatesIdeographs = separatesIdeographs
        self.stripsAccents = stripsAccents
        self.lowercases = lowercases
        ascii = (0..<128 as Range<UInt8>).map { byte in
            let kind = CharacterClasses.standard[UInt32(byte)]
            if cleansText, kind.contains(.control) { return Self.dropped }
            if cleansText, kind.contains(.whitespace) { return 0x20 }
            return lowercases && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        single = (0..<Self.singleEnd).map { singleCharacter(for: $0) }
    }

    /// What a character becomes, if that is one that marks aren't sorted behind.
    private func singleCharacter(for scalar: UInt32) -> UInt32 {
        var output = Output(bytes: [])
        clean(scalar, into: &output)
        output.flush()
        guard !output.bytes.isEmpty else { return 0 }
        let (value, length) = output.bytes.span.scalar(at: 0)
        return length == output.bytes.count && classes[value].combiningClass == 0 ? value : 0
    }

    /// `text`, valid UTF-8, normalized.
    func normalized(_ text: [UInt8]) -> [UInt8] {
        var (index, ascii) = normalizedPrefix(of: text)
        let text = text.span
        var output = Output(bytes: ascii)
        output.bytes.reserveCapacity(text.count)
        while index < text.count {
            let byte = text[index]
            if byte < 0x80 {
                index &+= 1
                let mapped = self.ascii[Int(byte)]
                if mapped != Self.dropped { output.append(mapped) }
            } else {
                let (scalar, length) = text.scalar(at: index)
                index &+= length
                let single = scalar < Self.singleEnd ? single[Int(scalar)] : 0
                if single != 0 { output.append(scalar: single) } else { clean(scalar, into: &output) }
            }
        }
        output.flush()
        return output.bytes
    }

    /// The text up to its first character beyond ASCII, most often all of it, and where that is.
    ///
    /// It is written in place: it doesn't grow, so no memory must be asked for byte by byte.
    private func normalizedPrefix(of text: [UInt8]) -> (end: Int, bytes: [UInt8]) {
        var bytes = text
        var written = 0
        var index = 0
        var span = bytes.mutableSpan
        while index < span.count, span[index] < 0x80 {
            let mapped = ascii[Int(span[index])]
            index &+= 1
            guard mapped != Self.dropped else { continue }
            span[written] = mapped
            written &+= 1
        }
        bytes.removeSubrange(written...)
        return (index, bytes)
    }

    private func clean(_ scalar: UInt32, into output: inout Output) {
        let kind = classes[scalar]
        if cleansText {
            if kind.contains(.control) { return }
            if kind.contains(.whitespace) { return output.append(0x20) }
        }
        let isSeparate = separatesIdeographs && kind.contains(.ideograph)
        if isSeparate { output.append(0x20) }
        if stripsAccents {
            canonical.decompose(scalar) { strip($0, into: &output) }
        } else {
            lowercase(scalar, into: &output)
        }
        if isSeparate { output.append(0x20) }
    }

    private func strip(_ scalar: UInt32, into output: inout Output) {
        let kind = classes[scalar]
        let combiningClass = kind.combiningClass
        if combiningClass == 0 {
            output.flush()
            if !kind.contains(.accent) { lowercase(scalar, into: &output) }
        } else if !kind.contains(.accent) {
            // Marks that stay have no lower case.
            output.marks.hold(scalar, combiningClass)
        }
    }

    @inline(__always)
    private func lowercase(_ scalar: UInt32, into output: inout Output) {
        guard lowercases, let positions = lowerCase.positions(of: scalar) else {
            return output.bytes.append(scalar: scalar)
        }
        for position in positions { output.bytes.append(scalar: lowerCase[position: position]) }
    }

    /// The text so far, and the marks that wait to be sorted.
    private struct Output {
        var bytes: [UInt8]
        var marks = MarkSorter()

        @inline(__always)
        mutating func append(_ ascii: UInt8) {
            flush()
            bytes.append(ascii)
        }

        @inline(__always)
        mutating func append(scalar: UInt32) {
            flush()
            bytes.append(scalar: scalar)
        }

        @inline(__always)
        mutating func flush() {
            marks.flush { bytes.append(scalar: $0) }
        }
    }
}
