internal import Accounting
public import Domain

/// What has to be held for a model's requests, by their tokens.
public struct HoldRate: Hashable, Sendable {
    private let prices: TokenPrices
    private let footprint: FootprintBound

    /// The rate at these prices, for requests whose footprint stays below a bound.
    init(_ prices: TokenPrices, _ footprint: FootprintBound) {
        self.prices = prices
        self.footprint = footprint
    }

    /// What has to be held for so many tokens.
    public func charge(inputTokens: Int, outputTokens: Int) -> Charge {
        let (tokens, overflows) = inputTokens.addingReportingOverflow(outputTokens)
        let (energy, carbon) = footprint.amounts(inputTokens: inputTokens, outputTokens: outputTokens)
        return Charge(
            cost: prices.expectedCost(inputTokens: inputTokens, outputTokens: outputTokens),
            tokens: overflows ? .max : Int64(tokens),
            energy: energy,
            carbon: carbon
        )
    }
}

extension Router {
    /// What has to be held for requests of the model at `index`.
    public func holdRate(_ index: Int) -> HoldRate { profiles[index].holdRate }

    /// Whether a hold for so many tokens fits into `left` whichever the model is.
    public func holdsFit(inputTokens: Int, outputTokens: Int, in left: Charge) -> Bool {
        // By index, which lends each model's profile: a loop over the array would copy it.
        profiles.indices.allSatisfy {
            profiles[$0].holdRate.charge(inputTokens: inputTokens, outputTokens: outputTokens).fits(in: left)
        }
    }
}
