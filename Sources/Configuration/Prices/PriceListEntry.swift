internal import Domain

/// One entry of a price list, in either shape, before it is believed.
struct PriceListEntry: Decodable {
    /// Where a price is found: its name in our shape, and in LiteLLM's.
    private enum Kind: String, CaseIterable {
        case input, output
        case cachedInput = "cached_input"
        case cacheWrite = "cache_write"
        case audioInput = "audio_input"
        case audioOutput = "audio_output"

        var perToken: String {
            switch self {
            case .input: "input_cost_per_token"
            case .output: "output_cost_per_token"
            case .cachedInput: "cache_read_input_token_cost"
            case .cacheWrite: "cache_creation_input_token_cost"
            case .audioInput: "input_cost_per_audio_token"
            case .audioOutput: "output_cost_per_audio_token"
            }
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        let intValue: Int? = nil

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// The numbers that were there, by their names; `nil` for what is something else.
    private var numbers: [String: Double?] = [:]
    private var isObject = true
    private var mode: String?

    /// Takes whatever stands there: what is wrong with it is told of this entry alone.
    init(from decoder: any Decoder) {
        guard let members = try? decoder.container(keyedBy: Name.self) else { isObject = false; return }
        for name in Kind.allCases.flatMap({ [$0.rawValue, $0.perToken] }) {
            let key = Name(stringValue: name)
            guard members.contains(key), (try? members.decodeNil(forKey: key)) == false else { continue }
            numbers[name] = .some(try? members.decode(Double.self, forKey: key))
        }
        mode = try? members.decode(String.self, forKey: Name(stringValue: "mode"))
    }

    /// The prices, if all of them may be believed; `nil` if it is not priced by the token, such as a model of images.
    func prices() throws(PriceRefusal.Reason) -> TokenPrices? {
        guard isObject else { throw .notANumber("the entry") }
        guard !numbers.isEmpty else { return nil }
        guard let input = try price(.input) else { throw .missing(name(.input)) }
        // An embedding has no output, and LiteLLM gives it no price or 0.
        guard let output = try price(.output) ?? (isAnswerless ? 0 : nil) else { throw .missing(name(.output)) }
        let cached = try price(.cachedInput)
        if let cached, cached > input { throw .cachedAboveInput }
        if isPerToken, !isAnswerless, (input == 0) != (output == 0) {
            throw .freeSide(name(input == 0 ? .input : .output))
        }
        return TokenPrices(
            input: input,
            cachedInput: cached ?? input,
            cacheWrite: try price(.cacheWrite) ?? input,
            output: output,
            audioInput: try price(.audioInput),
            audioOutput: try price(.audioOutput)
        )
    }

    private var isPerToken: Bool { Kind.allCases.contains { numbers[$0.perToken] != nil } }

    private var isAnswerless: Bool { mode.map { !["chat", "completion", "responses"].contains($0) } ?? false }

    private func name(_ kind: Kind) -> String { isPerToken ? kind.perToken : kind.rawValue }

    /// The price in picodollars per token, rounded; `nil` if there is none.
    private func price(_ kind: Kind) throws(PriceRefusal.Reason) -> Int64? {
        guard let found = numbers[name(kind)] else { return nil }
        guard let number = found else { throw .notANumber(name(kind)) }
        let picodollars = number * (isPerToken ? 1e12 : 1e6)
        guard picodollars >= 0, picodollars <= Double(PriceList.priceMax) else { throw .outOfBounds(name(kind)) }
        return Int64(picodollars.rounded())
    }
}
