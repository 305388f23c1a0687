extension UInt64 {
    /// This instant and so many nanoseconds, held to the range; a negative number adds nothing.
    func advanced(byNanoseconds count: Int64) -> UInt64 {
        let (sum, overflows) = addingReportingOverflow(UInt64(clamping: count))
        return overflows ? .max : sum
    }
}
