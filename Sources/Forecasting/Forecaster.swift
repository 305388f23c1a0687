/// A method that says what comes next from what has been.
public protocol Forecaster: Sendable {
    /// What tables call it.
    var name: String { get }

    /// Values for the hours from several origins on.
    ///
    /// Of each origin, only what lies before it is seen. What has to be learned is learned once, from what lies before the
    /// first origin: that makes many origins cheap, as backtests want them. Call it again for one that has learned more.
    ///
    /// - Parameters:
    ///   - series: The values, those behind the origins among them.
    ///   - origins: Indices of `series`, rising; its count is the hour that follows it.
    ///   - horizon: How many hours from each origin on.
    /// - Returns: `horizon` values for each origin; `nil` if there is too little before the first of them.
    func forecasts(of series: HourlySeries, from origins: [Int], horizon: Int) -> [[Double]]?
}

extension Forecaster {
    /// Values for the hours after a series; `nil` if it is too short for the method.
    public func forecast(_ history: HourlySeries, horizon: Int) -> [Double]? {
        forecasts(of: history, from: [history.count], horizon: horizon)?.first
    }
}
