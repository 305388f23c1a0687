/// The name by which the registry, clients, the ledger and metrics know a model.
public struct ModelID: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The name as configured, such as `gpt-4o-mini`.
    public let rawValue: String

    /// The model called `rawValue`.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The model called `name`.
    public init(_ name: String) { rawValue = name }

    /// The value as people read it.
    public var description: String { rawValue }
    /// Whether `left` comes before `right`.
    public static func < (left: ModelID, right: ModelID) -> Bool { left.rawValue < right.rawValue }
}

/// Who pays: the tenant that a virtual key belongs to.
public struct TenantID: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name as configured; `anonymous` where no keys are set up.
    public let rawValue: String

    /// The tenant called `rawValue`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Everyone, where the gateway asks for no key.
    public static let anonymous = TenantID(rawValue: "anonymous")

    /// The value as people read it.
    public var description: String { rawValue }
}

/// A capability tier: how much a model can do, not which model it is.
///
/// Routers answer with a tier and the registry maps it to models, so that the two change independently.
public struct Tier: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The name as configured.
    public let rawValue: String

    /// The tier called `rawValue`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Small models for simple requests.
    public static let light = Tier(rawValue: "light")
    /// The middle ground.
    public static let medium = Tier(rawValue: "medium")
    /// The most able models.
    public static let heavy = Tier(rawValue: "heavy")

    /// The value as people read it.
    public var description: String { rawValue }
}

/// What a request needs a model to be good at.
public enum Capability: String, CaseIterable, Hashable, Sendable, Codable {
    /// Short factual questions.
    case simpleQA = "simple_qa"
    /// Several steps of reasoning.
    case complexReasoning = "complex_reasoning"
    /// Writing or mending code.
    case codeGeneration = "code_generation"
    /// Stories, poems, copy.
    case creativeWriting = "creative_writing"
    /// Condensing a text.
    case summarization
    /// From one language to another.
    case translation
    /// Taking data or text apart.
    case analysis
    /// Everything else.
    case general

    /// Its place in tables and masks, from 0 on: written out, so that the compiler asks for that of a case that is added.
    public var ordinal: Int {
        switch self {
        case .simpleQA: 0
        case .complexReasoning: 1
        case .codeGeneration: 2
        case .creativeWriting: 3
        case .summarization: 4
        case .translation: 5
        case .analysis: 6
        case .general: 7
        }
    }
}
