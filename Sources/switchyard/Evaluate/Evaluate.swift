import ArgumentParser

/// `switchyard evaluate`: how good routers are, and routers for data of one's own.
struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure routers on outcomes, fit and score them, and judge a gateway's answers.",
        subcommands: [
            EvaluateRouter.self, EvaluateScore.self, EvaluateFit.self, EvaluateQuality.self, EvaluateCode.self,
            EvaluateBaselines.self, EvaluateReplay.self,
        ]
    )
}
