/// Users whose requests are promised a quality together.
public struct UserGroup: Hashable, Sendable, Codable {
    /// Its name.
    public var name: String
    /// Its share of all requests; the shares of a scenario's groups add up to 1.
    public var weight: Double
    /// The mean quality of its requests over a validity period at which its quality of responses is 0.
    public var qualityLow: Double
    /// The same at which it is 1; where both are equal the group always gets that.
    public var qualityHigh: Double
    /// What it is promised of each tier, where that is not a mean quality; then the two above say nothing.
    public var shares: SharePromise?

    /// A group.
    public init(
        name: String,
        weight: Double,
        qualityLow: Double,
        qualityHigh: Double,
        shares: SharePromise? = nil
    ) {
        self.name = name
        self.weight = weight
        self.qualityLow = qualityLow
        self.qualityHigh = qualityHigh
        self.shares = shares
    }

    /// The mean quality that a target of 0 to 1 asks for.
    public func quality(for target: Double) -> Double { qualityLow + target * (qualityHigh - qualityLow) }

    /// The groups that the original calls `p0` to `p100`: a share of premium users, the others best effort.
    ///
    /// - Parameters:
    ///   - premiumShare: From 0 to 1.
    ///   - tiers: A fleet's; premium requests are always served at the best.
    /// - Returns: The groups that have a share.
    public static func mix(premiumShare: Double, tiers: [PlanTier]) -> [UserGroup] {
        let (low, high) = (tiers.first?.quality ?? 0, tiers.last?.quality ?? 1)
        let groups = [
            UserGroup(name: "best_effort", weight: 1 - premiumShare, qualityLow: low, qualityHigh: high),
            UserGroup(name: "premium", weight: premiumShare, qualityLow: high, qualityHigh: high),
        ]
        return groups.filter { $0.weight > 0 }
    }
}
