internal import Domain
internal import HTTP

extension TokenUsage {
    /// Reads `object`, the `usage` of an answer: OpenAI's chat names, or those of its Responses API.
    ///
    /// Details lie inside the totals; what contradicts that is held to it, so that no report makes a negative charge.
    /// `nil` if neither total is there: no report at all.
    init?(_ object: JSONValue, in document: JSONDocument) {
        self = .zero
        var total: Int?
        var isReported = false
        for member in document.members(of: object) {
            let (key, value) = (member.key, member.value)
            if document.equals(key, "prompt_tokens") || document.equals(key, "input_tokens") {
                isReported = document.read(value, into: &input) || isReported
            } else if document.equals(key, "completion_tokens") || document.equals(key, "output_tokens") {
                isReported = document.read(value, into: &output) || isReported
            } else if document.equals(key, "total_tokens") {
                total = document.int(of: value)
            } else if document.equals(key, "prompt_tokens_details") || document.equals(key, "input_tokens_details") {
                readInputDetails(value, in: document)
            } else if document.equals(key, "completion_tokens_details")
                || document.equals(key, "output_tokens_details")
            {
                for detail in document.members(of: value) where document.equals(detail.key, "reasoning_tokens") {
                    document.read(detail.value, into: &reasoning)
                }
            }
        }
        guard isReported else { return nil }
        // Some report reasoning beside `completion_tokens`, and only the total shows it.
        if let total, reasoning > output, total == input &+ output &+ reasoning { output &+= reasoning }
        cachedInput = min(cachedInput, input)
        cacheWrite = min(cacheWrite, input - cachedInput)
        reasoning = min(reasoning, output)
    }

    private mutating func readInputDetails(_ details: JSONValue, in document: JSONDocument) {
        for detail in document.members(of: details) {
            if document.equals(detail.key, "cached_tokens") {
                document.read(detail.value, into: &cachedInput)
            } else if document.equals(detail.key, "cache_write_tokens") {
                document.read(detail.value, into: &cacheWrite)
            }
        }
    }

    /// The larger of both, kind by kind: counts of a stream are cumulative, so none of them shrinks.
    func merged(with later: TokenUsage) -> TokenUsage {
        TokenUsage(
            input: max(input, later.input),
            cachedInput: max(cachedInput, later.cachedInput),
            cacheWrite: max(cacheWrite, later.cacheWrite),
            output: max(output, later.output),
            reasoning: max(reasoning, later.reasoning)
        )
    }
}

extension JSONDocument {
    /// Reads a count of tokens; false, and no change, if `value` is none or beyond 2^40, which no backend bills at once.
    @discardableResult
    fileprivate func read(_ value: JSONValue, into count: inout Int) -> Bool {
        guard let number = int(of: value), (0..<1 << 40).contains(number) else { return false }
        count = number
        return true
    }
}
