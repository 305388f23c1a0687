/// Takes a secret out of what somebody else says: providers repeat the key that they refuse.
extension Secret {
    /// What stands in a secret's place.
    public static let redaction = "<redacted>"
    /// A shorter one is a placeholder such as `none`, and a word that texts may have for another reason.
    private static let bytesMin = 8

    /// `text` without the secret, also where backslashes stand within (JSON may escape a slash) or where the text ends
    /// amid the secret.
    ///
    /// - Complexity: O(n) where the text has nothing like the secret.
    public func redacted(from text: [UInt8]) -> [UInt8] {
        let secret = Array(reveal().utf8)
        guard secret.count >= Self.bytesMin else { return text }
        var (kept, index) = ([] as [UInt8], 0)
        kept.reserveCapacity(text.count)
        while index < text.count {
            if let end = Self.end(of: secret, in: text, from: index) {
                kept += Self.redaction.utf8
                index = end
            } else {
                kept.append(text[index])
                index += 1
            }
        }
        return kept
    }

    /// `text` without the secret.
    public func redacted(from text: String) -> String {
        String(decoding: redacted(from: Array(text.utf8)), as: UTF8.self)
    }

    /// Where the secret ends that begins at `start`, the text's end for one that is cut off; `nil` if none does.
    private static func end(of secret: [UInt8], in text: [UInt8], from start: Int) -> Int? {
        var (index, matched) = (start, 0)
        while matched < secret.count {
            guard index < text.count else { return matched >= bytesMin ? index : nil }
            if text[index] == secret[matched] {
                matched += 1
            } else if matched == 0 || text[index] != UInt8(ascii: "\\") {
                return nil
            }
            index += 1
        }
        return index
    }
}
