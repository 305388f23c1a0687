public import Domain

/// The client that a request came from: who pays, and what its key may do.
///
/// A reference, since each request carries one and none changes it.
public final class Client: Sendable {
    /// Who pays.
    public let payer: Payer
    /// What its key may do.
    public let policy: KeyPolicy

    /// A client that pays as `payer` and may do what `policy` says.
    public init(payer: Payer, policy: KeyPolicy = KeyPolicy()) {
        self.payer = payer
        self.policy = policy
    }

    /// Whoever comes, where no keys are set up.
    public static let anonymous = Client(payer: .anonymous)

    /// Whether its key may use the model called `id`.
    public func mayUse(_ id: ModelID) -> Bool { policy.allows(id) }
}
