/// What may be done about a failure: the table that the dispatcher acts on.
public struct Remedy: Hashable, Sendable {
    /// What repeating the request somewhere would repeat.
    public enum Repetition: Hashable, Sendable {
        /// Nothing: the backend did no work on it.
        case free
        /// Work that the backend may have done, and may charge for.
        case paid
        /// An answer that has begun, or one that nobody waits for: not to be repeated.
        case forbidden
    }

    /// Which models may be tried next.
    public enum Elsewhere: Hashable, Sendable {
        /// None: they would fail alike.
        case none
        /// Any.
        case any
        /// Those with a larger context window than this one.
        case largerContext
    }

    /// Whether the same model may do better after a pause.
    public let allowsSameModel: Bool
    /// Which other models may do better at once.
    public let elsewhere: Elsewhere
    /// Whether it speaks against the backend, to its circuit breaker and its statistics.
    public let countsAgainstHealth: Bool
    /// What repeating would repeat.
    public let repetition: Repetition

    /// Whether any attempt may follow.
    public var allowsAnotherAttempt: Bool { allowsSameModel || elsewhere != .none }
}

/// Where operators disagree about what to do next.
public struct FailurePolicy: Hashable, Sendable {
    /// What follows when a model refuses the content.
    public enum ContentRefusal: String, CaseIterable, Hashable, Sendable, Codable {
        /// The client is told.
        case tell
        /// The next model is asked: another provider may see it otherwise.
        case nextModel = "next_model"
    }

    /// What follows when a model refuses the content.
    public var contentRefusal: ContentRefusal
    /// Whether a request is repeated that a backend may have worked on, and may charge for.
    ///
    /// A completion changes nothing in the world, so this is about money alone; a request that stores something upstream
    /// is not to be repeated.
    public var repeatsPaidWork: Bool

    /// Refused content is the client's to know; paid work is repeated.
    public init(contentRefusal: ContentRefusal = .tell, repeatsPaidWork: Bool = true) {
        self.contentRefusal = contentRefusal
        self.repeatsPaidWork = repeatsPaidWork
    }

    /// What may be done about `failure`.
    public func remedy(for failure: FailureClass) -> Remedy {
        let remedy = Remedy(failure, contentRefusal)
        guard remedy.repetition == .paid, !repeatsPaidWork else { return remedy }
        return Remedy(sameModel: false, elsewhere: .none, health: remedy.countsAgainstHealth, repetition: .paid)
    }
}

extension Remedy {
    fileprivate init(sameModel: Bool, elsewhere: Elsewhere, health: Bool, repetition: Repetition) {
        allowsSameModel = sameModel
        self.elsewhere = elsewhere
        countsAgainstHealth = health
        self.repetition = repetition
    }

    fileprivate init(_ failure: FailureClass, _ contentRefusal: FailurePolicy.ContentRefusal) {
        switch failure {
        case .connectRefused, .connectTimedOut, .nameNotResolved, .requestTimedOut, .overloaded:
            self.init(sameModel: true, elsewhere: .any, health: true, repetition: .free)
        // A backend that limits rates, or a lock, or a full pool here: it is well, and later it will do.
        case .connectionsExhausted, .conflict, .rateLimited:
            self.init(sameModel: true, elsewhere: .any, health: false, repetition: .free)
        // Certificates, keys, accounts and models do not mend themselves in seconds, and every call would fail.
        case .tlsFailed, .notAuthorized, .quotaExhausted, .modelNotFound:
            self.init(sameModel: false, elsewhere: .any, health: true, repetition: .free)
        case .serverError, .silentFirstByte, .cut, .malformed, .stalled:
            self.init(sameModel: true, elsewhere: .any, health: true, repetition: .paid)
        case .brokenAfterCommitment:
            self.init(sameModel: false, elsewhere: .none, health: true, repetition: .forbidden)
        case .contextExceeded:
            self.init(sameModel: false, elsewhere: .largerContext, health: false, repetition: .free)
        case .contentRefused:
            let elsewhere: Elsewhere = contentRefusal == .nextModel ? .any : .none
            self.init(sameModel: false, elsewhere: elsewhere, health: false, repetition: .free)
        case .withheld:
            self.init(sameModel: false, elsewhere: .any, health: false, repetition: .free)
        case .badRequest:
            self.init(sameModel: false, elsewhere: .none, health: false, repetition: .free)
        case .superseded, .clientClosed, .deadlinePassed:
            self.init(sameModel: false, elsewhere: .none, health: false, repetition: .forbidden)
        }
    }
}
