public import Domain

/// How one model's tokens go with bytes and with time, learned from the answers whose usage its provider told.
public final class TokenCalibration: Sendable {
    /// What a token takes where nothing has been learned: English text in today's vocabularies.
    public static let bytesPerTokenPrior = 4.0
    /// What no vocabulary reaches: a report outside of it is about something else than the text that was seen.
    private static let bytesPerTokenRange = 0.5...32.0

    private let inputBytesPerToken: LearnedRatio
    private let outputBytesPerToken: LearnedRatio
    private let microsecondsPerToken: LearnedRatio

    /// All that a calibration knows, to be kept and gone on from.
    public struct State: Hashable, Sendable {
        /// Of prompts.
        public var input: UInt64
        /// Of answers.
        public var output: UInt64
        /// Of time.
        public var pace: UInt64

        /// A state as it was kept; nothing known unless given.
        public init(input: UInt64 = 0, output: UInt64 = 0, pace: UInt64 = 0) {
            self.input = input
            self.output = output
            self.pace = pace
        }
    }

    /// A calibration that goes on from `state`.
    public init(_ state: State = State()) {
        inputBytesPerToken = LearnedRatio(sums: state.input)
        outputBytesPerToken = LearnedRatio(sums: state.output)
        microsecondsPerToken = LearnedRatio(sums: state.pace)
    }

    /// What it knows now.
    public var state: State {
        State(
            input: inputBytesPerToken.known,
            output: outputBytesPerToken.known,
            pace: microsecondsPerToken.known
        )
    }

    /// Learns from a whole answer that a provider counted: what was seen of it, and how long it took.
    ///
    /// Prompts with images or sound teach nothing of text, nor do answers with reasoning, which may not have been shown.
    public func learn(from usage: TokenUsage, of answer: MeteredAnswer) {
        guard !usage.isEstimated else { return }
        if answer.imageTokens == 0, usage.audioInput == 0 {
            learn(answer.inputBytes, per: usage.input, into: inputBytesPerToken)
        }
        if usage.reasoning == 0, usage.audioOutput == 0 {
            learn(answer.contentBytes, per: usage.output, into: outputBytesPerToken)
        }
        // In units of 64 µs, so that an answer of an hour stays within the ratio's range.
        microsecondsPerToken.learn(Int(clamping: answer.elapsed.microseconds / 64), per: usage.output)
    }

    private func learn(_ bytes: Int, per tokens: Int, into ratio: LearnedRatio) {
        guard tokens > 0, Self.bytesPerTokenRange.contains(Double(bytes) / Double(tokens)) else { return }
        ratio.learn(bytes, per: tokens)
    }

    /// The tokens of a prompt's `bytes`, rounded up, and how they were counted.
    func inputTokens(inBytes bytes: Int) -> (count: Int, source: UsageSource) {
        tokens(inBytes: bytes, inputBytesPerToken)
    }

    /// The tokens of an answer's `bytes`, rounded up, and how they were counted.
    func outputTokens(inBytes bytes: Int) -> (count: Int, source: UsageSource) {
        tokens(inBytes: bytes, outputBytesPerToken)
    }

    private func tokens(inBytes bytes: Int, _ ratio: LearnedRatio) -> (count: Int, source: UsageSource) {
        let learned = ratio.value
        let tokens = Double(max(bytes, 0)) / (learned ?? Self.bytesPerTokenPrior)
        return (Int(tokens.rounded(.up)), learned == nil ? .bytes : .calibratedBytes)
    }

    /// The tokens that are generated in `elapsed`; none where the pace is not known.
    func tokens(generatedIn elapsed: Duration) -> Int {
        guard let pace = microsecondsPerToken.value else { return 0 }
        return Int(clamping: Int64(max(Double(elapsed.microseconds / 64), 0) / pace))
    }
}

extension Duration {
    /// Whole microseconds, held to the range of 64 bits.
    fileprivate var microseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflows ? (seconds > 0 ? .max : .min) : whole &+ attoseconds / 1_000_000_000_000
    }
}
