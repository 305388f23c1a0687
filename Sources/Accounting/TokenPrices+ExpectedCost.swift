public import Domain

extension TokenPrices {
    /// What a request is expected to cost before it is sent: no prompt token cached, rounded half up to the nanodollar.
    ///
    /// Equal to ``Domain/TokenPrices/cost(of:)`` of the same tokens, but made for being asked of each model for each
    /// request. Negative counts are held to 0; a sum beyond the range is `Money.max`.
    public func expectedCost(inputTokens: Int, outputTokens: Int) -> Money {
        let (first, isFirstTooLarge) = input.multipliedReportingOverflow(by: Int64(max(inputTokens, 0)))
        let (second, isSecondTooLarge) = output.multipliedReportingOverflow(by: Int64(max(outputTokens, 0)))
        let (picodollars, isSumTooLarge) = first.addingReportingOverflow(second)
        if isFirstTooLarge || isSecondTooLarge || isSumTooLarge { return .max }
        return Money(nanodollars: picodollars / 1000 + (picodollars % 1000 >= 500 ? 1 : 0))
    }
}
