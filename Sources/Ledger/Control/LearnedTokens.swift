public import Domain

/// What was learned of how a model's tokens go with bytes and time; each number means something to its maker alone.
public struct LearnedTokens: Hashable, Sendable {
    /// The model.
    public let model: ModelID
    /// Of prompts.
    public let input: Int64
    /// Of answers.
    public let output: Int64
    /// Of time.
    public let pace: Int64

    /// What was learned of `model`.
    public init(model: ModelID, input: Int64, output: Int64, pace: Int64) {
        self.model = model
        self.input = input
        self.output = output
        self.pace = pace
    }
}

extension ControlStore {
    /// Keeps what was learned, for the next start; blocks until it is on the disk.
    public func keepLearned(_ models: [LearnedTokens]) throws(ControlError) {
        try performNow { database in
            for model in models {
                try database.upsert(
                    "token_calibration",
                    ["model", "input", "output", "pace"],
                    key: ["model"],
                    [.text(model.model.rawValue), .integer(model.input), .integer(model.output), .integer(model.pace)]
                )
            }
        }
    }

    /// What earlier processes have learned; blocks until the database has answered, so it is for a process's start.
    public func learnedNow() throws(ControlError) -> [LearnedTokens] {
        try performNow { database in
            try database.rows("SELECT model, input, output, pace FROM token_calibration", []) { columns in
                LearnedTokens(
                    model: ModelID(columns.text()),
                    input: columns.integer(),
                    output: columns.integer(),
                    pace: columns.integer()
                )
            }
        }
    }
}
