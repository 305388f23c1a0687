internal import HTTP

extension HeaderFields {
    /// The key that a client shows.
    var presentedKey: ArraySlice<UInt8>? {
        if let value = first("authorization") {
            let scheme = Array("bearer ".utf8)
            guard value.count > scheme.count, zip(value, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
            return value.dropFirst(scheme.count)
        }
        return first("api-key")
    }
}
