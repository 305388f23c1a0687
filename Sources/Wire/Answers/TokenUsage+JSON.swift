internal import Domain
internal import HTTP

extension TokenUsage {
    /// Reads `object`, the `usage` of an answer, in any of the dialects of ``UsageReport``.
    ///
    /// `nil` if it holds neither a count of the prompt nor one of the answer: no report at all.
    init?(_ object: JSONValue, in document: JSONDocument) {
        var report = UsageReport()
        for member in document.members(of: object) { report.read(member.key, member.value, in: document) }
        guard let usage = report.usage else { return nil }
        self = usage
    }

    /// The larger of both, kind by kind: counts of a stream are cumulative, so none of them shrinks.
    func merged(with later: TokenUsage) -> TokenUsage {
        TokenUsage(
            input: max(input, later.input),
            cachedInput: max(cachedInput, later.cachedInput),
            cacheWrite: max(cacheWrite, later.cacheWrite),
            audioInput: max(audioInput, later.audioInput),
            output: max(output, later.output),
            reasoning: max(reasoning, later.reasoning),
            audioOutput: max(audioOutput, later.audioOutput)
        )
    }
}
