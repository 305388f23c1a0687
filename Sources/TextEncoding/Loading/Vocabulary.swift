/// A model's tokens as its file spells them, and what models are made of them.
struct Vocabulary {
    /// The tokens and their ids.
    private let tokens: [(text: ArraySlice<UInt8>, number: Int32)]
    private let ids: Trie
    private let idMax: Int32
    /// Where it was read.
    private let field: String

    /// Reads an object of tokens and ids.
    init(_ component: Component) throws(TokenizerError) {
        var tokens: [(text: ArraySlice<UInt8>, number: Int32)] = []
        for (text, id) in try component.members() { tokens.append((text, try id.id())) }
        try self.init(tokens, field: component.path)
    }

    /// Reads lines, each of which is a token, its number from 0 its id.
    init(lines text: [UInt8], file: String) throws(TokenizerError) {
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        // A file from Windows has another end of line.
        let tokens = lines.enumerated().map { ($1.last == 0x0D ? $1.dropLast() : $1, Int32(clamping: $0)) }
        try self.init(tokens, field: file)
    }

    private init(_ tokens: [(text: ArraySlice<UInt8>, number: Int32)], field: String) throws(TokenizerError) {
        guard !tokens.isEmpty else { throw .invalid(field: field, reason: "has no tokens") }
        guard let ids = Trie(tokens) else { throw .invalid(field: field, reason: "is too large") }
        self.tokens = tokens
        self.ids = ids
        self.field = field
        idMax = tokens.reduce(0) { max($0, $1.number) }
    }

    /// The id of a token that must be there.
    func id(of token: String) throws(TokenizerError) -> Int32 { try id(of: Array(token.utf8)[...]) }

    /// Whether there is such a token.
    func has(_ token: String) -> Bool { ids.number(of: token.utf8) != nil }

    private func id(of token: ArraySlice<UInt8>) throws(TokenizerError) -> Int32 {
        guard let id = ids.number(of: token) else {
            throw .unknownToken(String(decoding: token, as: UTF8.self), field: field)
        }
        return id
    }

    /// A model that cuts words into the longest known pieces.
    func wordPiece(
        unknown: String,
        continuationPrefix: String,
        wordCharactersMax: Int
    ) throws(TokenizerError) -> LoadedModel {
        let model = WordPiece(
            vocabulary: ids,
            unknownID: try id(of: unknown),
            continuationPrefix: Array(continuationPrefix.utf8),
            wordCharactersMax: wordCharactersMax
        )
        return LoadedModel(model: .wordPiece(model), vocabulary: ids, idMax: idMax)
    }

    /// A model that merges bytes.
    func bytePairs(
        merges: [(ArraySlice<UInt8>, ArraySlice<UInt8>)],
        unknown: String?,
        fusesUnknown: Bool,
        ignoresMerges: Bool
    ) throws(TokenizerError) -> LoadedModel {
        var table = PairTable(capacity: merges.count)
        for (rank, merge) in merges.enumerated() {
            let left = UInt32(bitPattern: try id(of: merge.0))
            let right = UInt32(bitPattern: try id(of: merge.1))
            table.set(left, right, to: UInt64(rank) << 32 | UInt64(try id(of: merge.0 + merge.1)))
        }
        let model = BytePairEncoding(
            tokens: tokens.compactMap { token in ByteAlphabet.bytes(of: token.text).map { ($0, token.number) } },
            merges: table,
            unknownID: try unknown.map { token throws(TokenizerError) in try id(of: token) },
            fusesUnknown: fusesUnknown,
            ignoresMerges: ignoresMerges
        )
        return LoadedModel(model: .bytePairs(model), vocabulary: ids, idMax: idMax)
    }

    /// Reads `a b`.
    static func merge(
        _ text: ArraySlice<UInt8>,
        field: String
    ) throws(TokenizerError) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        let pair = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard pair.count == 2 else { throw .invalid(field: field, reason: "has a merge that is not a pair") }
        return (pair[0], pair[1])
    }
}

/// The characters that byte-level vocabularies spell bytes with: GPT-2's `bytes_to_unicode`.
enum ByteAlphabet {
    /// The bytes that `text`, valid UTF-8, spells; `nil` if it has other characters.
    static func bytes(of text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
            guard let byte = byte(of: scalar.value) else { return nil }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Printable Latin characters stand for themselves, those from U+0100 on for the other bytes in their order.
    private static func byte(of scalar: UInt32) -> UInt8? {
        switch scalar {
        case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: UInt8(scalar)
        case 0x100...0x120: UInt8(scalar - 0x100)
        case 0x121...0x142: UInt8(scalar - 0x121 + 0x7F)
        case 0x143: 0xAD
        default: nil
        }
    }
}
