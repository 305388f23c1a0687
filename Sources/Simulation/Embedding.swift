internal import HTTP

/// Made-up embeddings: inputs that share words get vectors that are close, so that what searches by them has something
/// to find.
///
/// The hashing trick: each word adds 1 or -1 at a place that its hash decides. Weinberger and others, "Feature hashing
/// for large scale multitask learning", ICML 2009.
enum Embedding {
    private static let dimensionsByDefault = 256
    private static let dimensionsMax = 4096

    /// One unit vector for each input of a request, as long as its `dimensions` say.
    static func vectors(for request: JSONDocument) -> [[Float]] {
        guard let input = request["input"] else { return [] }
        let asked = request["dimensions"].flatMap(request.int) ?? dimensionsByDefault
        let dimensions = min(max(asked, 1), dimensionsMax)
        let elements = Array(request.elements(of: input))
        // A string is one input, and so is a list of tokens.
        let inputs = elements.isEmpty || elements[0].kind == .number ? [input] : elements
        return inputs.map { vector(for: request.rawBytes(of: $0), dimensions: dimensions) }
    }

    private static func vector(for text: ArraySlice<UInt8>, dimensions: Int) -> [Float] {
        var vector = [Float](repeating: 0, count: dimensions)
        var hash: UInt64 = 0
        for byte in text + [0] {
            // Letters, digits and all beyond ASCII make words, without regard to case.
            let isWord = byte >= 0x80 || (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10
            if isWord {
                hash = ((hash == 0 ? 0xCBF2_9CE4_8422_2325 : hash) ^ UInt64(byte | 0x20)) &* 0x100_0000_01B3
            } else if hash != 0 {
                vector[Int((hash >> 1) % UInt64(dimensions))] += hash >> 63 == 0 ? 1 : -1
                hash = 0
            }
        }
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard norm > 0 else {
            vector[0] = 1
            return vector
        }
        return vector.map { $0 / norm }
    }
}
