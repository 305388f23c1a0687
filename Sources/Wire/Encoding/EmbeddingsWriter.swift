internal import HTTP

/// Writes the answers of OpenAI's embeddings API.
public enum EmbeddingsWriter {
    /// The body of an answer.
    ///
    /// - Parameters:
    ///   - vectors: One for each input.
    ///   - isBase64: Whether vectors are written as the base64 of their little-endian floats, rather than as numbers.
    ///   - model: The model that answers.
    ///   - inputTokens: What the inputs took.
    /// - Returns: A JSON object.
    public static func body(_ vectors: [[Float]], isBase64: Bool, model: String, inputTokens: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { body in
            body.member("object", "list")
            body.array("data") { data in
                for (index, vector) in vectors.enumerated() {
                    data.object { object in
                        object.member("object", "embedding")
                        object.member("index", index)
                        write(vector, isBase64: isBase64, to: &object)
                    }
                }
            }
            body.member("model", model)
            body.object("usage") { usage in
                usage.member("prompt_tokens", inputTokens)
                usage.member("total_tokens", inputTokens)
            }
        }
        return writer.bytes
    }

    private static func write(_ vector: [Float], isBase64: Bool, to writer: inout JSONWriter) {
        guard !isBase64 else { return writer.member("embedding", base64(of: vector)) }
        writer.array("embedding") { array in
            for number in vector { array.value(Double(number)) }
        }
    }

    /// RFC 4648, §4.
    private static func base64(of vector: [Float]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = vector.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
        }
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                text.append(isPadding ? UInt8(ascii: "=") : digits[Int(bits >> UInt32(18 - 6 * place) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
