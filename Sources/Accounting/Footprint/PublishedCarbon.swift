/// The carbon per token that RouterLLM's production table gives, by size of the model: a compatibility mode.
///
/// The figures are an order of magnitude above what its own log measured (13B: 8e-6 against 1.2e-6 kg, REQUIREMENTS S1), so
/// a budget of 1 g a request buys 20 tokens of a 70B model. Use a profile or the regression for true ones.
public enum PublishedCarbon: String, CaseIterable, Sendable, Codable {
    /// Models of 70 billion parameters.
    case large = "70b"
    /// Models of 34 billion parameters.
    case medium = "34b"
    /// Models of 13 billion parameters.
    case small = "13b"
    /// Models of 7 billion parameters.
    case tiny = "7b"

    /// Kilograms of CO2e for each token.
    public var kilogramsPerToken: Double {
        switch self {
        case .large: 5.0e-5
        case .medium: 2.0e-5
        case .small: 8e-6
        case .tiny: 3e-6
        }
    }

    /// The rate that an estimate is made with.
    public var rate: CarbonRate { CarbonRate(kilogramsPerToken: kilogramsPerToken) }
}
