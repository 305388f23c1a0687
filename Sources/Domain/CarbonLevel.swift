/// How far the carbon-aware strategy goes for low emissions.
public enum CarbonLevel: String, CaseIterable, Hashable, Sendable, Codable {
    /// Half of the score; models of up to 34 billion parameters, and of 4 bits where there is one.
    case aggressive
    /// A third of the score, or a little more; up to 70 billion parameters.
    case balanced
    /// A fifth of the score; up to 405 billion parameters.
    case relaxed

    /// What emissions weigh, of a whole of 1.
    public var carbonWeight: Double {
        switch self {
        case .aggressive: 0.5
        case .balanced: 0.35
        case .relaxed: 0.2
        }
    }

    /// The largest model that is chosen where a smaller one will do, in billions of parameters.
    public var billionsMax: Double {
        switch self {
        case .aggressive: 34
        case .balanced: 70
        case .relaxed: 405
        }
    }

    /// The most bits of a weight, likewise.
    public var bitsMax: Double { self == .aggressive ? 4 : .infinity }
}
