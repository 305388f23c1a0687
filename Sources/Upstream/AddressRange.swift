/// A block of addresses: `10.0.0.0/8`, `fd00::/8`.
public struct AddressRange: Hashable, Sendable {
    let first: IPAddress
    /// Of the sixteen-byte form.
    let prefixBits: Int

    /// Reads `address/bits`, or an address alone for itself.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = IPAddress(String(parts[0])) else { return nil }
        let width = first.ipv4 != nil && !parts[0].contains(":") ? 32 : 128
        let bits = parts.count == 2 ? Int(parts[1]) : width
        guard let bits, (0...width).contains(bits) else { return nil }
        self.first = first
        prefixBits = bits + 128 - width
    }

    /// Whether `address` is in the block.
    public func contains(_ address: IPAddress) -> Bool {
        let whole = prefixBits / 8
        guard address.bytes[..<whole] == first.bytes[..<whole] else { return false }
        let rest = prefixBits % 8
        return rest == 0 || (address.bytes[whole] ^ first.bytes[whole]) >> UInt8(8 - rest) == 0
    }
}
