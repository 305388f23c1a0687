public import Domain
public import HTTP

/// A prompt and what it is an example of: one line of class data.
public struct LabelledPrompt: Hashable, Sendable {
    /// Its name in the set.
    public let id: String
    /// What the router sees.
    public let prompt: String
    /// Its class.
    public let label: String
    /// The least capable tier that answers it well, where that is known.
    public let tier: Tier?
    /// What it was made from, such as a template: prompts with the same origin are alike.
    public let origin: String?

    /// A prompt of the class `label`.
    public init(id: String, prompt: String, label: String, tier: Tier? = nil, origin: String? = nil) {
        self.id = id
        self.prompt = prompt
        self.label = label
        self.tier = tier
        self.origin = origin
    }

    /// Writes it as a JSON object.
    public func write(to writer: inout JSONWriter) {
        writer.object { (writer: inout JSONWriter) in
            writer.member("id", id)
            writer.member("prompt", prompt)
            writer.member("label", label)
            writer.member("tier", tier?.rawValue)
            writer.member("origin", origin)
        }
    }
}
