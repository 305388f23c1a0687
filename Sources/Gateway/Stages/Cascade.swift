internal import Configuration
internal import Domain
internal import HTTP
internal import Routing
internal import Wire

/// One request's cascade: what its answers are checked against.
///
/// Loop-confined.
final class Cascade {
    let policy: CascadePolicy
    /// The models that the client named to fall back on, which alone may be asked then; `nil` for any.
    let named: [Int]?
    /// Whether a stream is held back until it can be checked: not if no other answer could follow.
    var holdsBack = true
    private let request: InferenceRequest
    private let settings: Policy
    /// What the last answer says, choice by choice; `nil` if it says nothing that can be checked.
    private var contents: [String]?
    /// Whether a limit on its tokens ended it.
    private var isCut = false
    private lazy var demands = AnswerDemands(of: request, bytesMax: settings.settings.routing.scoredBytesMax)

    init(_ request: InferenceRequest, by policy: Policy, named: [Int]?) {
        self.request = request
        settings = policy
        self.policy = policy.cascade
        self.named = named
    }

    /// Bytes of a stream that are held back; `nil` for no more than of any other.
    var heldBytesMax: Int? { holdsBack ? settings.settings.routing.cascade.heldBytesMax : nil }

    /// Takes note of what an attempt that answered has said.
    func note(_ relay: Relay) {
        let reasons = relay.finishReasons
        isCut = reasons.contains(.length)
        contents = relay.transcript?.contentStrings
        // A call of a tool is an answer for a program, and a filter's verdict is not to be asked for twice.
        let isText =
            !reasons.contains(.toolCalls) && !reasons.contains(.functionCall) && !reasons.contains(.contentFilter)
        if !isText || contents == [] && relay.transcript?.strings.isEmpty == false { contents = nil }
        // Checks take time on the loop: a longer answer is taken as it is, as a longer stream is.
        let bytes = contents?.reduce(0) { $0 + $1.utf8.count } ?? 0
        if bytes > settings.settings.routing.cascade.heldBytesMax { contents = nil }
    }

    /// What is thought of `answer`, the last one, at its worst choice; `nil` if it can't be checked.
    func check(_ answer: Answer) -> AnswerCheck? {
        guard let contents else { return nil }
        var entropy: Double?
        if case .whole(_, _, let body) = answer {
            entropy = CompletionReport.meanSurprise(of: body, jsonDepthMax: settings.settings.limits.jsonDepthMax)
        }
        // What its limit has cut has no form, and another model's would be cut as well.
        let demands = isCut ? AnswerDemands() : demands
        let texts = contents.isEmpty ? [""] : contents
        let checks = texts.map { AnswerCheck(of: $0, against: demands, entropy: entropy) }
        return checks.first { policy.doubt($0) != nil } ?? checks.first
    }
}

/// What became of a cascade.
struct CascadeReport: Hashable, Sendable {
    /// In a word.
    enum Result: String, CaseIterable, Hashable, Sendable {
        /// The first answer passed.
        case accepted
        /// A better model's answer was given instead.
        case escalated
        /// The first answer did not pass, and was given all the same.
        case kept
        /// There was nothing to check: a call of a tool, or a stream longer than is held back.
        case unchecked
    }

    var result: Result
    /// The model whose answer did not pass.
    var from: ModelID?
    /// Why it did not.
    var doubt: CascadePolicy.Doubt?
    /// Why no other was given.
    var obstacle: CascadePolicy.Obstacle?

    /// For a header line: `escalated; from=small; because=invalid_json`.
    var text: String {
        var text = result.rawValue
        if result == .escalated, let from { text += "; from=\(from)" }
        if let doubt { text += "; because=\(doubt.code)" }
        if let obstacle { text += "; obstacle=\(obstacle.rawValue)" }
        return text
    }
}

extension AnswerDemands {
    /// What a request asks of its answer: in so many words, and by `response_format`.
    init(of request: InferenceRequest, bytesMax: Int) {
        let text = request.promptText(bytesMax: bytesMax)
        self.init(of: "\(text.system)\n\(text.prompt)")
        let document = request.document
        guard let format = document["response_format"], let type = try? document.member("type", of: format),
            document.equals(type, "json_object") || document.equals(type, "json_schema")
        else { return }
        isJSON = true
        guard let named = try? document.member("json_schema", of: format),
            let schema = try? document.member("schema", of: named),
            let required = try? document.member("required", of: schema)
        else { return }
        keys = document.elements(of: required).compactMap { try? document.string(of: $0) }
    }
}

extension CascadePolicy {
    /// What the settings say.
    init(_ settings: Settings.Cascade) {
        self.init(
            qualityMin: settings.qualityMin,
            uncertaintyMax: settings.uncertaintyMax,
            gainMin: settings.gainMin,
            escalationsMax: settings.escalationsMax,
            pricePerQualityMax: settings.dollarsPerQualityMax.flatMap { Money(dollars: $0) }
        )
    }
}
