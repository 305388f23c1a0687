import ArgumentParser
import Learning

/// `switchyard train stack`: the default router, from files of outcomes.
struct TrainStack: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stack",
        abstract: "Train the default router: regressions, neighbours and tasks, stacked.",
        discussion: StackOptions.lines
    )

    @OptionGroup var options: StackOptions

    func run() async throws { try options.train("stack") }
}

/// `switchyard train neighbours`: a memory of outcomes.
struct TrainNeighbours: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "neighbours",
        abstract: "Make a memory of outcomes, whose nearest neighbours are the router.",
        discussion: "\(StackOptions.lines) Neighbours are found by vectors: an --encoder is needed."
    )

    @OptionGroup var options: StackOptions

    func run() async throws { try options.train("neighbours") }
}

/// What `train stack` and `train neighbours` are told.
struct StackOptions: ParsableArguments {
    /// What a line of data is, for the help of the commands.
    static let lines = """
        A line of a file is {"id", "prompt", "scores": {model: 0…1}}, optionally with output_tokens, task and fold.
        """

    @Argument(help: "Outcomes, a JSON object a line, plain or .gz.") var files: [String] = []
    @OptionGroup var ledger: LedgerOptions
    @Option(help: "A file of outcomes to be measured on: what asks the same as one of its prompts is not learned from.")
    var holdOut: String?
    @Option(help: "The folder to write.") var out: String
    @Option(help: "At most so many prompts are remembered.") var memoryRows = StackTrainer.memoryRowsUsual
    @Option(help: "Decides all chance.") var seed: UInt64 = 1
    @Option(help: "What the data may be used for, for the manifest.") var licence = "unknown"
    @OptionGroup var encoding: EncoderOptions

    func validate() throws {
        guard !files.isEmpty || ledger.fromLedger != nil else {
            throw ValidationError("name files of outcomes, or a ledger with --from-ledger")
        }
    }

    func train(_ router: String) throws {
        try RouterTraining(
            router: router,
            files: files,
            ledger: ledger,
            holdOut: holdOut,
            out: out,
            memoryRows: memoryRows,
            seed: seed,
            licence: licence
        ).run(encoding)
    }
}
