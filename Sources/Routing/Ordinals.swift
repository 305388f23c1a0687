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
