internal import Configuration
internal import Domain
internal import HTTP
internal import Wire

/// Who may use the API, and for whom they pay.
struct ClientKeys: Sendable {
    /// The client that a request came from.
    struct Client: Sendable {
        let keyID: String
        let tenant: TenantID

        /// Who pays, to budgets.
        var payer: Payer {
            Payer(organisation: tenant, key: keyID.isEmpty ? nil : KeyID(rawValue: keyID))
        }

        static let anonymous = Client(keyID: "", tenant: .anonymous)
    }

    private let keys: [(client: Client, secret: SecretBytes)]

    init(_ configuration: GatewayConfiguration) {
        keys = configuration.settings.keys.compactMap { key in
            configuration.secrets[key.secretVariable].map { secret in
                (
                    Client(keyID: key.id, tenant: TenantID(rawValue: key.tenant)),
                    SecretBytes(Array(secret.reveal().utf8))
                )
            }
        }
    }

    /// The client that `fields` name by `Authorization: Bearer` or `api-key`; anyone where no keys are set up.
    ///
    /// Every key is compared in full, so the time taken tells nothing of how much of a guess was right.
    func client(of fields: HeaderFields) throws(APIError) -> Client {
        guard !keys.isEmpty else { return .anonymous }
        guard let presented = Self.presentedKey(fields) else { throw .invalidAPIKey }
        var found: Client?
        for key in keys where isEqual(presented, key.secret.reveal()) { found = key.client }
        guard let found else { throw .invalidAPIKey }
        return found
    }

    private static func presentedKey(_ fields: HeaderFields) -> ArraySlice<UInt8>? {
        if let value = fields.first("authorization") {
            let scheme = Array("bearer ".utf8)
            guard value.count > scheme.count, zip(value, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
            return value.dropFirst(scheme.count)
        }
        return fields.first("api-key")
    }
}

/// Whether both are the same bytes, in a time that depends on the lengths alone.
func isEqual(_ left: ArraySlice<UInt8>, _ right: [UInt8]) -> Bool {
    var difference = left.count ^ right.count
    for (offset, byte) in left.enumerated() where !right.isEmpty {
        difference |= Int(byte ^ right[offset % right.count])
    }
    return difference == 0
}
