internal import Domain

/// How far along from its minimum to its need a request is granted, in fractions of 2^30.
///
/// An integer, so that what is granted fits to the last nanodollar whatever the amounts are.
struct Grant: Hashable, Comparable {
    private static let bits: UInt64 = 30

    private let share: UInt64

    /// All of the need.
    static let whole = Grant(share: 1 << bits)

    private init(share: UInt64) { self.share = share }

    /// The largest grant between `minimum` and `need` that takes `room` at most; `nil` if not even the minimum fits.
    ///
    /// Nothing fits everywhere: a free model may answer although a budget is overdrawn.
    init?(need: Int64, minimum: Int64, room: Int64) {
        let room = max(room, 0)
        guard need > room else { self = .whole; return }
        guard minimum <= room else { return nil }
        let wide = UInt64(room - minimum).multipliedFullWidth(by: 1 << Self.bits)
        // Room is below need here, so the quotient is below 2^30 and the divisor is not 0.
        share = UInt64(need - minimum).dividingFullWidth(wide).quotient
    }

    static func < (left: Grant, right: Grant) -> Bool { left.share < right.share }

    /// The amounts granted.
    func charge(need: Charge, minimum: Charge) -> Charge {
        guard self < .whole else { return need }
        func amount(_ measure: Budget.Measure) -> Int64 {
            guard need[measure] > minimum[measure] else { return need[measure] }
            let wide = UInt64(need[measure] - minimum[measure]).multipliedFullWidth(by: share)
            return minimum[measure] + Int64(wide.high << (64 - Self.bits) | wide.low >> Self.bits)
        }
        return Charge(
            cost: Money(nanodollars: amount(.cost)),
            tokens: amount(.tokens),
            energy: Energy(microjoules: amount(.energy)),
            carbon: Carbon(micrograms: amount(.carbon))
        )
    }
}

extension Charge {
    /// The same with each amount at least 0 and at most that of `limit`.
    func clamped(to limit: Charge = .unlimited) -> Charge {
        Charge(
            cost: Swift.min(Swift.max(cost, .zero), limit.cost),
            tokens: Swift.min(Swift.max(tokens, 0), limit.tokens),
            energy: Swift.min(Swift.max(energy, .zero), limit.energy),
            carbon: Swift.min(Swift.max(carbon, .zero), limit.carbon)
        )
    }
}
