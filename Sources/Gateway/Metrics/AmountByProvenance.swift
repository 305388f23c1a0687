internal import Domain

/// An amount in three parts, by where its figures come from.
struct AmountByProvenance: Sendable {
    private var measured = 0.0
    private var declared = 0.0
    private var modelled = 0.0

    subscript(provenance: Provenance) -> Double {
        get {
            switch provenance {
            case .measured: measured
            case .declared: declared
            case .modelled: modelled
            }
        }
        set {
            switch provenance {
            case .measured: measured = newValue
            case .declared: declared = newValue
            case .modelled: modelled = newValue
            }
        }
    }

    static func += (left: inout Self, right: Self) {
        left.measured += right.measured
        left.declared += right.declared
        left.modelled += right.modelled
    }
}
