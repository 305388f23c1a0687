extension Duration {
    /// Whole nanoseconds, held to the range of the result (292 years).
    @inlinable public var nanoseconds: Int64 {
        // Up to an hour, without a division of 128 bits: a billion is 512 times 1,953,125.
        if let part = Int64(exactly: attoseconds / 512) { return part / 1_953_125 }
        let (seconds, attoseconds) = components
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooLarge) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard overflows || isTooLarge else { return sum }
        return seconds > 0 ? .max : .min
    }

    /// The duration in seconds, as metrics show it.
    public var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
