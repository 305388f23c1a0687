/// Why a model stopped.
public enum FinishReason: String, CaseIterable, Hashable, Sendable, Codable {
    /// It was done, or met a stop sequence.
    case stop
    /// It reached the limit on its tokens.
    case length
    /// It calls tools.
    case toolCalls = "tool_calls"
    /// A filter left content out.
    case contentFilter = "content_filter"
    /// It calls a function, in the old form.
    case functionCall = "function_call"
    /// Any other word that backends use, such as `eos` or `abort`.
    case other
}
