extension Duration {
    /// Whole nanoseconds, held to the range of the result (292 years).
    var nanoseconds: Int64 {
        // Up to nine seconds, without the division of 128 bits.
        if let attoseconds = Int64(exactly: attoseconds) { return attoseconds / 1_000_000_000 }
        let (seconds, attoseconds) = components
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooLarge) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard overflows || isTooLarge else { return sum }
        return seconds > 0 ? .max : .min
    }
}
