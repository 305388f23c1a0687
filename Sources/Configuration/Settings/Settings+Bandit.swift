extension Settings {
    /// How a router that learns from feedback while it serves chooses, and is guarded.
    public struct Bandit: Hashable, Sendable {
        /// How much it tries what it knows little of: α of LinUCB.
        public let confidenceWidth: Double
        /// The share of its requests whose model is drawn, each candidate alike.
        public let exploration: Double
        /// What a dollar takes away from the score of an answer.
        public let qualityPerDollar: Double
        /// The latest judged requests by which it is compared with the strategy.
        public let guardRows: Int
    }
}

extension Settings.LearnedRouter {
    /// How it learns, if it is a bandit: as its keys say, or else as usual.
    public var bandit: Settings.Bandit {
        Settings.Bandit(
            confidenceWidth: confidenceWidth ?? 0.3,
            exploration: exploration ?? 0.1,
            qualityPerDollar: qualityPerDollar ?? 0,
            guardRows: guardRows ?? 500
        )
    }

    static let banditFields: [Field<Self>] = [
        Field(
            "exploration",
            \.exploration,
            optional: .number(in: 0.001...1),
            "Of a bandit, the share of requests whose model is drawn, each candidate alike; 0.1 if left out."
        ),
        Field(
            "confidence_width",
            \.confidenceWidth,
            optional: .number(in: 0...100),
            "Of a bandit, how much it tries what it knows little of: the factor of LinUCB; 0.3 if left out."
        ),
        Field(
            "quality_per_usd",
            \.qualityPerDollar,
            optional: .number(in: 0...1e9),
            "Of a bandit, what a US dollar takes away from a score; 0 if left out."
        ),
        Field(
            "guard_rows",
            \.guardRows,
            optional: .integer(in: 30...100_000),
            "Of a bandit, the latest judged requests by which it is compared with the strategy; 500 if left out."
        ),
    ]

    func checkBandit(at place: Place, into report: inout Report) {
        guard kind != .bandit else { return }
        for field in Self.banditFields {
            guard let node = place.child(field.key)?.node, !node.isNull else { continue }
            report.error(at: place[field.key], "goes with `kind: bandit` alone", fix: "remove it")
        }
    }
}
