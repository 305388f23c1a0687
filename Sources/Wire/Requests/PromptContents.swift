/// All that a request has its model read, images and sound aside.
public struct PromptContents: Hashable, Sendable {
    /// Its texts: of messages, of prompts, of tools and schemas.
    public var texts: [String] = []
    /// Tokens that the client counted out itself.
    public var tokenCount = 0
    /// Messages of a chat.
    public var messageCount = 0

    /// Contents of `texts`, `tokenCount` and `messageCount`.
    public init(texts: [String] = [], tokenCount: Int = 0, messageCount: Int = 0) {
        (self.texts, self.tokenCount, self.messageCount) = (texts, tokenCount, messageCount)
    }
}
