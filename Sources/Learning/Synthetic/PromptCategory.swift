public import Domain

/// The four kinds of prompts that the synthetic set has.
///
/// The sources that it is modelled on send each kind to a model by name, and contradict one another. Here a kind asks for
/// a capability tier, and the registry says which models a tier has.
public enum PromptCategory: String, CaseIterable, Hashable, Sendable, Codable {
    /// Writing, mending and explaining programs.
    case code
    /// Writing, rewriting and condensing prose.
    case text
    /// Explaining, comparing and advising.
    case general
    /// Greetings, look-ups and one-word answers.
    case light

    /// The least capable tier that answers such prompts well.
    public var tier: Tier {
        switch self {
        case .code: .heavy
        case .text, .general: .medium
        case .light: .light
        }
    }
}
