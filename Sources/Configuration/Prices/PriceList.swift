public import Domain
internal import Foundation

/// What models charge, by the names that their providers give them: a file that is not believed blindly.
///
/// Two shapes are read, entry by entry:
///
/// - our own, USD per million tokens, as a registry's `prices`, with or without an object `models` around it:
///   `{"gpt-4o": {"input": 2.5, "cached_input": 1.25, "output": 10}}`
/// - LiteLLM's map, USD per token: `{"gpt-4o": {"input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05, …}}`
///
/// An entry that is out of bounds is refused with its reason, and the others count. Of LiteLLM's map the prices for long
/// contexts, batches and priority are passed over, as is whatever is not priced by the token.
public struct PriceList: Hashable, Sendable {
    /// The dearest price that is believed, in picodollars per token: 10,000 USD per million.
    public static let priceMax: Int64 = 10_000_000_000

    /// The models' prices.
    public private(set) var models: [String: TokenPrices]
    /// The entries that were refused, by name.
    public private(set) var refusals: [PriceRefusal] = []

    /// A list of `models`.
    public init(models: [String: TokenPrices]) { self.models = models }

    /// Reads `json`, at most `modelsMax` entries.
    ///
    /// - Throws: ``PriceListError`` if it is no object of entries, or none of them has a price that can be used.
    public init(json text: [UInt8], modelsMax: Int = 100_000) throws(PriceListError) {
        let (json, decoder) = (Data(text), JSONDecoder())
        let entries: [String: PriceListEntry]
        if let wrapped = try? decoder.decode([String: [String: PriceListEntry]].self, from: json),
            let models = wrapped["models"]
        {
            entries = models
        } else {
            do {
                entries = try decoder.decode([String: PriceListEntry].self, from: json)
            } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
                throw .notAnObject
            } catch {
                throw .notJSON
            }
        }
        guard entries.count <= modelsMax else { throw .tooManyModels(modelsMax) }
        models = [:]
        for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
            do throws(PriceRefusal.Reason) {
                if let prices = try entry.prices() { models[name] = prices }
            } catch {
                refusals.append(PriceRefusal(model: name, reason: error))
            }
        }
        guard !models.isEmpty else { throw .noPrices }
    }

    /// The prices for `model`: by what its endpoint calls it, with Azure's prefix where that is its provider, or by its id.
    public func prices(for model: Model) -> TokenPrices? {
        names(of: model).lazy.compactMap { models[$0] }.first
    }

    /// Whether an entry that `model` would be priced by was refused.
    public func refusesPrice(for model: Model) -> Bool {
        let names = names(of: model)
        return refusals.contains { names.contains($0.model) }
    }

    /// The names under which `model` may stand in the list, the first one preferred.
    func names(of model: Model) -> [String] {
        (model.provider == .azure ? ["azure/" + model.upstreamName] : []) + [model.upstreamName, model.id.rawValue]
    }

    /// This list with the prices of `last` where they changed more than is believed.
    ///
    /// A price that rises or falls by more than `factorMax`, or to nothing, or from nothing, is most likely a mistake in
    /// the file: BerriAI/litellm charged nobody anything for the time of one. A model that is new is believed.
    public func vetted(against last: PriceList?, factorMax: Double) -> PriceList {
        guard let last else { return self }
        var list = self
        for (name, prices) in models {
            guard let before = last.models[name], let reason = prices.leap(from: before, factorMax: factorMax) else {
                continue
            }
            list.models[name] = before
            list.refusals.append(PriceRefusal(model: name, reason: reason))
        }
        // An entry that was refused keeps its last price.
        for refusal in refusals { list.models[refusal.model] = last.models[refusal.model] }
        list.refusals.sort { $0.model < $1.model }
        return list
    }

    /// The list in our own shape, one model a line, sorted: what is kept as the last good one.
    public var json: String {
        let lines = models.sorted { $0.key < $1.key }.map { name, prices in
            "  \(quoted(name)): {\(prices.members.map { "\"\($0)\": \($1)" }.joined(separator: ", "))}"
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    private func quoted(_ text: String) -> String {
        let data = try? JSONEncoder().encode(text)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

/// An entry of a price list that is not believed.
public struct PriceRefusal: Hashable, Sendable, CustomStringConvertible {
    /// The model.
    public let model: String
    /// What is wrong with its prices.
    public let reason: Reason

    /// What can be wrong with prices.
    public enum Reason: Error, Hashable, Sendable, CustomStringConvertible {
        /// The entry, or the price of this name, is no number.
        case notANumber(String)
        /// The price of this name is negative or beyond ``PriceList/priceMax``.
        case outOfBounds(String)
        /// There is one of the two prices that are needed, and not the other.
        case missing(String)
        /// Cached tokens cost more than others.
        case cachedAboveInput
        /// A chat model charges for one side and nothing for the other.
        case freeSide(String)
        /// The price of this name changed by more than the factor that is believed.
        case leap(String, from: Int64, to: Int64)

        /// What is wrong, in words.
        public var description: String {
            switch self {
            case .notANumber(let name): "`\(name)` is not a number"
            case .outOfBounds(let name): "`\(name)` is negative or above 10,000 USD per million tokens"
            case .missing(let name): "`\(name)` is missing"
            case .cachedAboveInput: "cached tokens cost more than others"
            case .freeSide(let name): "`\(name)` is 0, and the other side is not"
            case .leap(let name, let before, let after):
                "`\(name)` went from \(dollarsPerMillion(before)) to \(dollarsPerMillion(after)) USD per million tokens: "
                    + "more than prices.change_factor_max"
            }
        }
    }

    /// The model and what is wrong.
    public var description: String { "\(model): \(reason)" }
}

/// Why a file is no price list.
public enum PriceListError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It cannot be read.
    case unreadable(String)
    /// It is not JSON.
    case notJSON
    /// It is JSON, and no object.
    case notAnObject
    /// It has more entries than this.
    case tooManyModels(Int)
    /// None of its entries has a price that can be used.
    case noPrices

    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .notJSON: "is not JSON"
        case .notAnObject: "is not an object of models"
        case .tooManyModels(let count): "has more than \(count) models"
        case .noPrices: "has no price that can be used"
        }
    }
}

extension TokenPrices {
    /// The prices by their names in a registry, USD per million tokens.
    public var members: [(name: String, dollarsPerMillion: String)] {
        named.map { ($0, dollarsPerMillion($1)) }
    }

    private var named: [(String, Int64)] {
        [
            ("input", input), ("cached_input", cachedInput), ("cache_write", cacheWrite), ("output", output),
            ("audio_input", audioInput), ("audio_output", audioOutput),
        ]
    }

    /// The first price that is further from the one in `last` than `factorMax`.
    fileprivate func leap(from last: TokenPrices, factorMax: Double) -> PriceRefusal.Reason? {
        for ((name, after), (_, before)) in zip(named, last.named) where after != before {
            let (low, high) = (Double(min(after, before)), Double(max(after, before)))
            if high > low * factorMax { return .leap(name, from: before, to: after) }
        }
        return nil
    }
}

/// Picodollars per token as USD per million tokens, exactly.
private func dollarsPerMillion(_ picodollars: Int64) -> String {
    let (whole, rest) = (picodollars / 1_000_000, String(picodollars % 1_000_000))
    let decimals = String(repeating: "0", count: 6 - rest.count) + rest
    let end = decimals.lastIndex { $0 != "0" }
    return end.map { "\(whole).\(decimals[...$0])" } ?? "\(whole)"
}
