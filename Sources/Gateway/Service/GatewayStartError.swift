public import Domain

/// Why the gateway could not start, or a reload was refused.
public enum GatewayStartError: Error {
    /// A model's base URL cannot be called.
    case invalidBackend(model: ModelID, url: String, reason: String)
    /// A model's energy cannot be worked out as its entry says.
    case energyUnknown(model: ModelID, reason: String)
    /// A model's tokenizer cannot be read.
    case tokenizer(model: ModelID, folder: String, reason: String)
    /// A router that has learned cannot be read.
    case router(id: String, path: String, reason: String)
    /// The encoder cannot be read.
    case encoder(folder: String, reason: String)
    /// An address cannot be listened on.
    case listener(address: String, reason: String)
    /// The TLS certificate or key cannot be used.
    case certificate(reason: String)
    /// The ledger cannot be opened.
    case ledger(reason: String)
    /// Keys or budgets contradict each other, or keys cannot be hashed.
    case tenancy(reason: String)
    /// The system refuses threads or descriptors.
    case system(reason: String)
    /// A setting that only a restart can change was changed.
    case needsRestart(setting: String)
}

extension GatewayStartError: CustomStringConvertible {
    /// What is wrong and what to do about it.
    public var description: String {
        switch self {
        case .invalidBackend(let model, let url, let reason):
            "model \(model): base_url \(url) cannot be called: \(reason)"
        case .energyUnknown(let model, let reason): "model \(model): energy: \(reason)"
        case .tokenizer(let model, let folder, let reason): "model \(model): tokenizer \(folder): \(reason)"
        case .router(let id, let path, let reason): "router \(id): \(path): \(reason)"
        case .encoder(let folder, let reason): "encoder \(folder): \(reason)"
        case .listener(let address, let reason):
            "cannot listen on \(address): \(reason); is another process there? change `api.addresses` or stop it"
        case .certificate(let reason): "TLS certificate: \(reason)"
        case .ledger(let reason): "ledger: \(reason)"
        case .tenancy(let reason): reason
        case .system(let reason): "the system refuses: \(reason)"
        case .needsRestart(let setting): "`\(setting)` changes only with a restart"
        }
    }
}
