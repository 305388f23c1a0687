import Domain

/// The names under which models of a ledger and of an invoice are compared: what their endpoints call them.
struct ModelNames {
    private let upstreamNames: [String: String]

    /// The names of `catalogue`.
    init(_ catalogue: Catalogue) {
        var names: [String: String] = [:]
        for model in catalogue.models {
            for name in [model.upstreamName, model.id.rawValue] + model.aliases where names[name] == nil {
                names[name] = model.upstreamName
            }
        }
        upstreamNames = names
    }

    /// The name for a model of the ledger; its id where the registry no longer has it.
    func name(of id: ModelID) -> String { upstreamNames[id.rawValue] ?? id.rawValue }

    /// The name for a model of an invoice, which may carry the date of a snapshot: `gpt-4o-2024-08-06`.
    func name(ofInvoiced name: String) -> String {
        if let known = upstreamNames[name] { return known }
        let snapshots = upstreamNames.keys.filter { known in
            guard name.hasPrefix(known) else { return false }
            let rest = name.dropFirst(known.count)
            return (rest.hasPrefix("-") || rest.hasPrefix("@"))
                && rest.dropFirst().allSatisfy { $0.isNumber || $0 == "-" } && rest.count > 4
        }
        return snapshots.max { $0.count < $1.count }.flatMap { upstreamNames[$0] } ?? name
    }
}
