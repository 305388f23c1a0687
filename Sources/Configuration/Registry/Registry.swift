public import Domain

/// The registry of models as its file has it; ``catalogue`` is what the gateway uses.
public struct Registry: Hashable, Sendable {
    var entries: [ModelEntry] = []

    /// A registry without models.
    init() {}

    /// Reads the text of a registry file; `file` is its name in errors.
    ///
    /// - Throws: ``ConfigurationErrors`` with all that is wrong.
    public init(yaml text: String, file: String) throws(ConfigurationErrors) {
        self = try Self.read(text, file: file).value
    }

    /// The models in the order of the file.
    public var catalogue: Catalogue { catalogue(pricedBy: nil) }

    /// The models in the order of the file, at the prices of `list` as far as it has them.
    func catalogue(pricedBy list: PriceList?) -> Catalogue {
        let models = entries.map(\.model).map { model in list?.prices(for: model).map(model.charging) ?? model }
        return Catalogue(models: models, priceVersion: priceVersion(of: models))
    }
}

extension Registry: Section {
    static let fields: [Field<Self>] = [
        Field(
            "models",
            \.entries,
            .list(of: .section, count: 1...20_000),
            required: true,
            "The models, in the order in which ties are broken."
        )
    ]

    func check(at place: Place, into report: inout Report) {
        var owners: [String: String] = [:]
        for (index, entry) in entries.enumerated() {
            let model = place["models"][index]
            let names =
                [(entry.id, model["id"])] + entry.aliases.indices.map { (entry.aliases[$0], model["aliases"][$0]) }
            // An id that was refused is empty, and has been reported.
            for (name, place) in names where !name.isEmpty {
                if name == "auto" || name.hasPrefix("auto:") {
                    report.error(at: place, "`\(name)` is kept for the gateway's own choice", fix: "rename it")
                } else if let owner = owners.updateValue(entry.id, forKey: name) {
                    report.error(at: place, "`\(name)` is a name of model `\(owner)` as well", fix: "rename one")
                }
            }
        }
    }
}

/// A digest of every model's prices: FNV-1a with 64 bits, in hexadecimal.
///
/// It tells price lists apart in the ledger, and protects nothing. <http://www.isthe.com/chongo/tech/comp/fnv/>
private func priceVersion(of models: [Model]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for model in models {
        let prices = model.prices
        var line = "\(model.id) \(prices.input) \(prices.cachedInput) \(prices.cacheWrite) \(prices.output)"
        // Only where they differ, so that lists from before there was sound keep their digests.
        if (prices.audioInput, prices.audioOutput) != (prices.input, prices.output) {
            line += " \(prices.audioInput) \(prices.audioOutput)"
        }
        line += "\n"
        for byte in line.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
