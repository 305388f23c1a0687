/// A combined forecast and where it comes from.
public struct Combination: Hashable, Sendable {
    /// What one method says.
    public struct Member: Hashable, Sendable {
        /// The method.
        public let name: String
        /// Its forecast.
        public let values: [Double]
    }

    /// The whole.
    public let forecast: Forecast
    /// Its parts; none where the prior is all there is.
    public let members: [Member]
    /// For each day ahead a weight for each part; their sum is 1.
    public let weights: [[Double]]

    /// A forecast whose parts are not known, or that has none.
    public init(forecast: Forecast) { self.init(forecast: forecast, members: [], weights: []) }

    init(forecast: Forecast, members: [Member], weights: [[Double]]) {
        self.forecast = forecast
        self.members = members
        self.weights = weights
    }
}
