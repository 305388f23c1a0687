public import Domain

/// What was seen of one attempt's answer, whole or broken off: what its tokens are counted by.
public struct MeteredAnswer: Hashable, Sendable {
    /// What the backend said, if it said anything.
    public var reported: TokenUsage?
    /// Bytes of text in the prompt.
    public var inputBytes: Int
    /// An estimate of the tokens that the prompt's images take.
    public var imageTokens: Int
    /// Bytes of text, reasoning and tool calls that came.
    public var contentBytes: Int
    /// Those of them that came after the backend's last report.
    public var unreportedBytes: Int
    /// How many answers were being generated at once.
    public var choiceCount: Int
    /// The most tokens that the answers together may have; `nil` where nothing limits them.
    public var outputTokensMax: Int?
    /// How long the backend was at it.
    public var elapsed: Duration
    /// How the attempt ended.
    public var ending: Ending

    /// How an attempt ended, as far as its charge depends on that.
    public enum Ending: Hashable, Sendable {
        /// The answer came whole.
        case whole
        /// It broke off, or never came, by the backend's fault.
        case failed
        /// The gateway called it off while the backend was at work: the client left, or its time was over.
        case calledOff(showsProgress: Bool)
    }

    /// What was seen of an attempt.
    public init(
        reported: TokenUsage?,
        inputBytes: Int,
        imageTokens: Int,
        contentBytes: Int,
        unreportedBytes: Int,
        choiceCount: Int,
        outputTokensMax: Int?,
        elapsed: Duration,
        ending: Ending
    ) {
        self.reported = reported
        self.inputBytes = inputBytes
        self.imageTokens = imageTokens
        self.contentBytes = contentBytes
        self.unreportedBytes = unreportedBytes
        self.choiceCount = choiceCount
        self.outputTokensMax = outputTokensMax
        self.elapsed = elapsed
        self.ending = ending
    }

    /// The tokens to charge: the backend's figures, and an estimate of what they leave out or contradict.
    ///
    /// - A report is about what came before it: content that came after is estimated and added.
    /// - A report of no prompt, or of no answer where there is content, is not believed in that part.
    /// - Without a report all is estimated. An attempt that failed before any content took nothing. One that was called
    ///   off took its prompt, and, if it would not have shown its progress, what the model generates in such a time.
    /// - Of several answers at once, a report that broke off may be about one of them: then the larger figure counts.
    public func usage(by calibration: TokenCalibration) -> TokenUsage {
        guard let reported else { return estimate(by: calibration) }
        var usage = reported
        if usage.input == 0, inputBytes > 0 || imageTokens > 0 { addInput(to: &usage, calibration) }
        let missing = usage.output == 0 ? contentBytes : unreportedBytes
        if missing > 0 { addOutput(calibration.outputTokens(inBytes: missing), to: &usage) }
        if choiceCount > 1, ending != .whole {
            let seen = calibration.outputTokens(inBytes: contentBytes)
            if seen.count > usage.output { addOutput((seen.count - usage.output, seen.source), to: &usage) }
        }
        return usage
    }

    private func estimate(by calibration: TokenCalibration) -> TokenUsage {
        var usage = TokenUsage.zero
        if contentBytes == 0, ending == .failed { return usage }
        addInput(to: &usage, calibration)
        if case .calledOff(showsProgress: false) = ending, contentBytes == 0 {
            let generated = calibration.tokens(generatedIn: elapsed)
            addOutput((min(generated, outputTokensMax ?? generated), .elapsed), to: &usage)
        } else {
            addOutput(calibration.outputTokens(inBytes: contentBytes), to: &usage)
        }
        return usage
    }

    private func addInput(to usage: inout TokenUsage, _ calibration: TokenCalibration) {
        let (count, source) = calibration.inputTokens(inBytes: inputBytes)
        usage.input = count + imageTokens
        usage.source = max(usage.source, source)
    }

    private func addOutput(_ estimate: (count: Int, source: UsageSource), to usage: inout TokenUsage) {
        usage.output += estimate.count
        usage.source = max(usage.source, estimate.source)
    }
}
