/// The text of a request that routing scores.
public struct PromptText: Hashable, Sendable {
    /// What `system` and `developer` messages say; empty for completions and embeddings.
    public let system: String
    /// What the last `user` message says, or all prompts or inputs, a line end between them.
    public let prompt: String
    /// Whether there was more than the limit let in.
    public let isTruncated: Bool
}
