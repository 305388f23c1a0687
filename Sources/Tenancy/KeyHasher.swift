internal import COpenSSL
public import Domain

// Sendable: the context is keyed once and only ever duplicated from then on, which reads it; OpenSSL counts the
// references that duplicates share atomically.
/// Turns keys into what is kept of them: HMAC-SHA256 (RFC 2104, FIPS 198-1) under the server's secret, the pepper.
///
/// Whoever copies the database without the pepper cannot even try out guesses.
public final class KeyHasher: @unchecked Sendable {
    /// Tells peppers apart without telling what they are: a hash under another pepper can never be met.
    public let mark: String
    /// The hasher of the pepper before, whose keys are let in and renewed as they are used; `nil` where there is none.
    public let previous: KeyHasher?
    /// Keys to be renewed.
    public let renewals = KeyRenewals()
    private let context: OpaquePointer

    /// A hasher under `pepper`, which has taken the place of that of `previous`; `nil` if OpenSSL cannot make one.
    public init?(pepper: Secret, previous: KeyHasher? = nil) {
        let algorithm = EVP_MAC_fetch(nil, "HMAC", nil)
        defer { EVP_MAC_free(algorithm) }
        guard let context = EVP_MAC_CTX_new(algorithm) else { return nil }
        let key = Array(pepper.reveal().utf8)
        guard Self.initialise(context, key: key), let mark = Self.hash(Array("switchyard pepper".utf8)[...], context)
        else {
            EVP_MAC_CTX_free(context)
            return nil
        }
        self.context = context
        self.previous = previous
        self.mark = mark.bytes.prefix(6).map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
    }

    deinit { EVP_MAC_CTX_free(context) }

    /// A hasher whose pepper is drawn and nowhere kept: for keys that are given anew at each start.
    public static func ephemeral() -> KeyHasher? {
        var generator = SystemRandomNumberGenerator()
        return KeyHasher(pepper: Secret(KeyText.draw(using: &generator)))
    }

    /// The hash of a key's text; `nil` if OpenSSL has no memory.
    public func hash(_ text: ArraySlice<UInt8>) -> KeyHash? { Self.hash(text, context) }

    private static func initialise(_ context: OpaquePointer, key: [UInt8]) -> Bool {
        var digest = Array("SHA256".utf8CString)
        // A parameter keeps pointers to its name and its value: both texts have to outlive the call.
        return OSSL_MAC_PARAM_DIGEST.withCString { name in
            digest.withUnsafeMutableBufferPointer { value in
                var parameters = [
                    OSSL_PARAM_construct_utf8_string(name, value.baseAddress, 0), OSSL_PARAM_construct_end(),
                ]
                return EVP_MAC_init(context, key, key.count, &parameters) == 1
            }
        }
    }

    private static func hash(_ text: ArraySlice<UInt8>, _ keyed: OpaquePointer) -> KeyHash? {
        guard let context = EVP_MAC_CTX_dup(keyed) else { return nil }
        defer { EVP_MAC_CTX_free(context) }
        var count = 0
        let isUpdated = text.withUnsafeBufferPointer { EVP_MAC_update(context, $0.baseAddress, $0.count) == 1 }
        let bytes = [UInt8](unsafeUninitializedCapacity: 32) { buffer, written in
            let isFinal = isUpdated && EVP_MAC_final(context, buffer.baseAddress, &count, buffer.count) == 1
            written = isFinal ? count : 0
        }
        return KeyHash(bytes)
    }
}
