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
    /// More tokens of prompt and of answer than a report can be right about; `nil` believes any.
    public var ceilings: Ceilings?
    /// How long the backend was at it.
    public var elapsed: Duration
    /// How the attempt ended.
    public var ending: Ending
    /// What the model's own tokenizer makes of the text that was seen; `nil` where the registry names none.
    public var counted: Counted?

    /// Tokens that were counted with a tokenizer.
    public struct Counted: Hashable, Sendable {
        /// What the tokenizer is called.
        public let tokenizer: String
        /// Tokens of the prompt's text and what frames its messages.
        public let input: Int
        /// Tokens of the text that came; `nil` where not all of it was kept.
        public let output: Int?

        /// Counts by the tokenizer called `tokenizer`.
        public init(tokenizer: String, input: Int, output: Int?) {
            (self.tokenizer, self.input, self.output) = (tokenizer, input, output)
        }
    }

    /// What a report of usage is held to, as a slip or a lie of a backend's must not empty a budget.
    public struct Ceilings: Hashable, Sendable {
        /// Tokens of the prompt, with what a backend may add to it.
        public let input: Int
        /// Tokens that the answers together may have had, shown or not.
        public let output: Int

        /// Ceilings for a prompt of `inputBytes` with images, and for answers that were to have `outputTokensMax`.
        ///
        /// No vocabulary has more tokens than bytes, and templates and hidden instructions of providers have been seen to
        /// take some thousands more. Of an answer a few tokens may come beyond its limit, such as that of its end.
        public init(inputBytes: Int, imageTokens: Int, outputTokensMax: Int) {
            func sum(_ parts: Int...) -> Int {
                parts.reduce(0) { sum, part in
                    let (next, overflows) = sum.addingReportingOverflow(max(part, 0))
                    return overflows ? .max : next
                }
            }
            // Images are estimated, and models differ eightfold in what they take.
            let images = imageTokens.multipliedReportingOverflow(by: 8)
            input = sum(inputBytes, images.overflow ? .max : images.partialValue, 16_384)
            output = sum(outputTokensMax, outputTokensMax / 8, 16)
        }
    }

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
        ceilings: Ceilings? = nil,
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
        self.ceilings = ceilings
        self.elapsed = elapsed
        self.ending = ending
    }

    /// Whether the backend's figures are all that there is to charge, so that nothing need be counted.
    public var isReported: Bool {
        guard let usage = credible else { return false }
        let hasInput = usage.input > 0 || (inputBytes == 0 && imageTokens == 0)
        return hasInput && (usage.output == 0 ? contentBytes : unreportedBytes) == 0
            && (choiceCount == 1 || ending == .whole)
    }

    /// The tokens to charge: the backend's figures, and an estimate of what they leave out or contradict.
    ///
    /// - A report is about what came before it: content that came after is estimated and added.
    /// - A report of no prompt, of no answer where there is content, or above ``ceilings`` is not believed in that part.
    /// - Whatever is estimated is counted, where ``counted`` says how much text it was.
    /// - Without a report all is estimated. An attempt that failed before any content took nothing. One that was called
    ///   off took its prompt, and, if it would not have shown its progress, what the model generates in such a time.
    /// - Of several answers at once, a report that broke off may be about one of them: then the larger figure counts.
    public func usage(by calibration: TokenCalibration) -> TokenUsage {
        guard var usage = credible else { return estimate(by: calibration) }
        if usage.input == 0, inputBytes > 0 || imageTokens > 0 { addInput(to: &usage, calibration) }
        let missing = usage.output == 0 ? contentBytes : unreportedBytes
        if missing > 0 { addOutput(outputTokens(inBytes: missing, calibration), to: &usage) }
        if choiceCount > 1, ending != .whole {
            let seen = outputTokens(inBytes: contentBytes, calibration)
            if seen.count > usage.output { addOutput((seen.count - usage.output, seen.source), to: &usage) }
        }
        return usage
    }

    /// What of the report cannot be true; `nil` where all can.
    public var incredible: String? {
        guard let reported, let credible, credible != reported else { return nil }
        return "it reports \(reported.input) prompt and \(reported.output) generated tokens, which cannot be"
    }

    /// The report without those parts that cannot be true.
    private var credible: TokenUsage? {
        guard var usage = reported, let ceilings else { return reported }
        if usage.input > ceilings.input {
            (usage.input, usage.cachedInput, usage.cacheWrite, usage.audioInput) = (0, 0, 0, 0)
            usage.source = max(usage.source, .bytes)
        }
        // What was seen speaks for itself: a token has a byte at least.
        if usage.output > max(ceilings.output, contentBytes) {
            (usage.output, usage.reasoning, usage.audioOutput) = (0, 0, 0)
            usage.source = max(usage.source, .bytes)
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
            let (seen, source) = outputTokens(inBytes: contentBytes, calibration)
            // What a backend that failed wrote beyond the limit that it was given was not asked for.
            addOutput((ending == .failed ? min(seen, outputTokensMax ?? seen) : seen, source), to: &usage)
        }
        return usage
    }

    private func addInput(to usage: inout TokenUsage, _ calibration: TokenCalibration) {
        let (count, source) =
            counted.map { ($0.input, .tokenizer($0.tokenizer)) } ?? calibration.inputTokens(inBytes: inputBytes)
        usage.input = count + imageTokens
        usage.source = max(usage.source, source)
    }

    /// The tokens of `bytes` of what came, as their share in all of it.
    private func outputTokens(inBytes bytes: Int, _ calibration: TokenCalibration) -> (count: Int, source: UsageSource)
    {
        guard let counted, let output = counted.output, contentBytes > 0 else {
            return calibration.outputTokens(inBytes: bytes)
        }
        let share = Double(output) * Double(bytes) / Double(contentBytes)
        return (Int(share.rounded(.up)), .tokenizer(counted.tokenizer))
    }

    private func addOutput(_ estimate: (count: Int, source: UsageSource), to usage: inout TokenUsage) {
        usage.output += estimate.count
        usage.source = max(usage.source, estimate.source)
    }
}
