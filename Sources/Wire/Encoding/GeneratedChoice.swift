/// One token of a generated text.
public struct GeneratedToken: Hashable, Sendable {
    /// Its text, with the blank before it.
    public let text: String
    /// The natural logarithm of its probability.
    public let logprob: Double

    /// A token.
    public init(_ text: String, logprob: Double) {
        self.text = text
        self.logprob = logprob
    }
}

/// A call of a function that the client offers.
public struct GeneratedCall: Hashable, Sendable {
    /// By this name the client sends the function's result.
    public let id: String
    /// The function's name.
    public let name: String
    /// Its arguments, a JSON object.
    public let arguments: String

    /// A call.
    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// One choice of an answer: a text or a call, and why it ended.
public struct GeneratedChoice: Hashable, Sendable {
    /// The text, token by token.
    public let tokens: [GeneratedToken]
    /// The call that stands in place of a text; chats only.
    public let call: GeneratedCall?
    /// Why it ended.
    public let finishReason: FinishReason

    /// A choice.
    public init(tokens: [GeneratedToken], call: GeneratedCall?, finishReason: FinishReason) {
        self.tokens = tokens
        self.call = call
        self.finishReason = finishReason
    }
}
