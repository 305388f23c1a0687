/// Where a figure of energy or carbon comes from, from the weakest to the strongest.
public enum Provenance: String, CaseIterable, Hashable, Comparable, Sendable, Codable {
    /// A formula, a regression, a forecast or an average gave it.
    case modelled
    /// The operator, or a table that the operator chose, says so.
    case declared
    /// A meter read it, there and then or in a published measurement of the same model on the same machine.
    case measured

    /// Whether the left one is the weaker.
    public static func < (left: Provenance, right: Provenance) -> Bool { left.strength < right.strength }

    private var strength: Int {
        switch self {
        case .modelled: 0
        case .declared: 1
        case .measured: 2
        }
    }
}
