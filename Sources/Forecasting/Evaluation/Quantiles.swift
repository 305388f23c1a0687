/// Levels below which a share of some values lie.
enum Quantiles {
    /// The deviation of a normal distribution in terms of its median absolute deviation.
    static let normalDeviation = 1.4826

    /// The level of `sorted` values at a share, between its neighbours in a straight line; 0 of no values.
    ///
    /// Type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996.
    static func value(of sorted: [Double], at share: Double) -> Double {
        guard let last = sorted.last else { return 0 }
        let place = min(max(share, 0), 1) * Double(sorted.count - 1)
        let index = Int(place)
        guard index + 1 < sorted.count else { return last }
        return sorted[index] + (sorted[index + 1] - sorted[index]) * (place - Double(index))
    }
}
