internal import Accounting
internal import Domain

/// What money, emissions and time are worth in quality, for ``Strategy/utility``.
public struct UtilityWorth: Hashable, Sendable {
    /// Quality, 0 to 1, that a dollar is worth; `nil` takes the fleet's own rate.
    public var perDollar: Double?
    /// Quality that a gram of CO2e is worth.
    public var perGram: Double
    /// Quality that a second is worth.
    public var perSecond: Double

    /// Worths that are 0 or more; without any, money at the fleet's rate and nothing else.
    public init(perDollar: Double? = nil, perGram: Double = 0, perSecond: Double = 0) {
        (self.perDollar, self.perGram, self.perSecond) = (perDollar, perGram, perSecond)
    }
}

extension Router {
    /// Scores each open candidate: quality − λ · dollars − μ · grams − ν · seconds.
    ///
    /// Without a λ of the operator's it is what quality costs in this fleet: the registry's difference in quality between the
    /// best model and the cheapest one, over their difference in price for this request. Then a dearer model is taken where
    /// it gains more for its price than the fleet does on the whole, which takes no tuning and no common scale of prices.
    func scoreUtility(
        _ candidates: inout [Candidate],
        worth: UtilityWorth,
        largest: Terms,
        prices: Purse.Prices
    ) {
        let perDollar = worth.perDollar ?? fleetRate(candidates)
        for index in candidates.indices where candidates[index].isOpen {
            let candidate = candidates[index]
            let spent = perDollar * candidate.terms.cost + worth.perGram * candidate.carbon.central.grams
            let waited = worth.perSecond * candidate.terms.latency / 1e9
            candidates[index].score =
                candidate.terms.quality - spent - waited
                - candidate.terms.surcharge(prices, largest: largest, weight: settings.pacingWeight)
        }
    }

    /// Quality for a dollar between the cheapest and the best of the candidates, by the registry's figures.
    private func fleetRate(_ candidates: [Candidate]) -> Double {
        let open = candidates.lazy.filter(\.isOpen)
        func quality(_ candidate: Candidate) -> Double { profiles[candidate.index].quality }
        guard let cheapest = open.min(by: { $0.terms.cost < $1.terms.cost }),
            let best = open.max(by: { quality($0) < quality($1) })
        else { return 0 }
        let more = best.terms.cost - cheapest.terms.cost
        // Of models that are alike, the cheaper: a hundredth of quality for the best one's price.
        let least = best.terms.cost > 0 ? 0.01 / best.terms.cost : 0
        return more > 0 ? max((quality(best) - quality(cheapest)) / more, least) : least
    }
}
