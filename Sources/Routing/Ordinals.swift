internal import Domain

// Places in tables and bits in masks. Written out, so that the compiler asks for the place of a case that is added.

extension Model.Endpoint {
    var ordinal: Int {
        switch self {
        case .chat: 0
        case .completions: 1
        case .embeddings: 2
        }
    }
}

extension Model.Feature {
    var ordinal: Int {
        switch self {
        case .tools: 0
        case .images: 1
        case .structuredOutput: 2
        }
    }
}

extension Capability {
    var ordinal: Int {
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
