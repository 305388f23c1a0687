import ArgumentParser

/// `switchyard evaluate`: how good routers are, and routers for data of one's own.
struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure routers on outcomes, fit them to outcomes, and score prompts with them.",
        subcommands: [EvaluateRouter.self, EvaluateScore.self, EvaluateFit.self]
    )
}
