import ArgumentParser

/// `switchyard demo`: shows what a running gateway does.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a running gateway at work.",
        subcommands: [DemoTour.self, DemoRouting.self],
        defaultSubcommand: DemoTour.self
    )
}
