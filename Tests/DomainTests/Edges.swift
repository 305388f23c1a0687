import Domain

extension SeededGenerator {
    /// Whole numbers with the ends of the range, zero and its neighbours among them.
    mutating func edgy() -> Int64 {
        let edges: [Int64] = [.min, .min + 1, -1, 0, 1, 499, 500, 999_999_999, 1_000_000_000, .max - 1, .max]
        if Bool.random(using: &self) { return edges[Int.random(in: edges.indices, using: &self)] }
        return Int64.random(in: .min ... .max, using: &self) >> Int64.random(in: 0..<63, using: &self)
    }
}

extension Int64 {
    /// `wide` or, where it lies beyond the range, the range's nearest end.
    init(saturating wide: Int128) {
        self = wide > Int128(Int64.max) ? .max : wide < Int128(Int64.min) ? .min : Int64(wide)
    }
}
