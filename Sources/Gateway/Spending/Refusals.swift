internal import Budgets
internal import Domain
internal import Reactor
internal import Wire

extension Shortfall {
    /// For people: which budget, how much is left, how much it takes, and when there is more.
    var explanation: String {
        if isSuspended {
            return "the budget \(budgetID) is shared with other gateways, and what they take of it cannot be told now"
        }
        var text = "the budget \(budgetID) has \(whole(max(left, 0))) \(measure.rawValue) left"
        if held > 0 { text += " and holds \(whole(held)) for requests under way" }
        text += "; this request takes at least \(whole(asked))"
        if let resetsAt { text += "; there is more in \(max(resetsAt - WallClock.unixMilliseconds, 0) / 1000 + 1) s" }
        return text
    }

    /// `amount` in whole units: all its decimals, and no exponent.
    private func whole(_ amount: Int64) -> String {
        let unit = Int64(measure.unitsPerWhole)
        let (units, rest) = amount.quotientAndRemainder(dividingBy: unit)
        guard rest > 0 else { return "\(units)" }
        // The unit's own 1 in front keeps the zeros between the point and the first digit.
        let decimals = "\(unit + rest)".dropFirst()
        return "\(units).\(decimals.prefix(through: decimals.lastIndex { $0 != "0" } ?? decimals.startIndex))"
    }

    /// What the client is told.
    ///
    /// SDKs repeat every 429, so this one says not to, except where requests under way may soon give some back.
    var response: APIError {
        isPassing ? .rateLimited(explanation, retryAfter: .seconds(1)) : .insufficientQuota(explanation)
    }
}

extension Throttling {
    /// What the client is told: what there was too much of, and when it may come again.
    var response: APIError {
        let text =
            switch cause {
            case .requests: "rate limit reached: \(limit) requests per minute for \(scope.text)"
            case .tokens: "rate limit reached: \(limit) tokens per minute for \(scope.text)"
            case .concurrency: "rate limit reached: \(limit) requests at once for \(scope.text)"
            case .size: "the request takes more tokens than the \(limit) per minute that \(scope.text) ever has"
            }
        guard cause != .size else { return .invalidRequest(text, param: nil, code: "rate_limit_exceeded") }
        return .rateLimited(text, retryAfter: waitMilliseconds.map { .milliseconds($0) } ?? .seconds(1))
    }
}
