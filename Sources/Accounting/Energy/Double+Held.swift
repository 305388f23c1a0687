extension Double {
    /// The value, held to a range; what is not a number is its lower end. (`min` and `max` would let that through.)
    func held(to range: ClosedRange<Double>) -> Double {
        guard self > range.lowerBound else { return range.lowerBound }
        return self < range.upperBound ? self : range.upperBound
    }
}
