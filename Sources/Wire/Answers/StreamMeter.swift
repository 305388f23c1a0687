public import Domain
public import HTTP

/// Watches one answer stream by: what to relay, and what it says of usage, content and its end.
///
/// A pure state machine: an event in, what to do with it out. It starts open; `[DONE]` or a failure ends it, and what
/// comes after either is dropped. OpenAI's order is restored where backends differ: usage reaches the client only if it
/// asked, and then in one last chunk without choices.
public struct StreamMeter: Sendable {
    /// What to do with an event.
    public enum Step: Hashable, Sendable {
        /// Relay the event's own bytes.
        case forward
        /// Relay these bytes in its place.
        case rewrite([UInt8])
        /// Relay nothing.
        case drop
        /// The backend says that its stream is over: relay ``StreamMeter/ending`` and finish.
        case done
        /// The stream can't go on; before the first content another model may be tried.
        case failed(BackendError)
    }

    /// The tokens that the stream took, as far as the backend has said so.
    public private(set) var usage: TokenUsage?
    /// The model that says it answers, at most 256 bytes of its name.
    public private(set) var model: String?
    /// Whether content, a tool call or a finish reason has come: from here on the stream is committed to its backend.
    public private(set) var hasContent = false
    /// Bytes of generated text and tool calls so far, for an estimate where ``usage`` is missing.
    public private(set) var contentBytes = 0
    /// How many of ``contentBytes`` came after the last report of usage, which cannot know of them.
    public var unreportedBytes: Int { contentBytes - reportedBytes }
    /// Why each choice ended, at its index; `nil` for those that have not, and short of those that never came.
    public private(set) var finishReasons: [FinishReason?] = []

    /// What the beginning took of an answer that another model began.
    private let before: TokenUsage?
    let choiceCount: Int
    let clientWantsUsage: Bool
    let jsonDepthMax: Int
    /// A first chunk is a few hundred bytes; a longer one is not kept.
    private static let firstChunkBytesMax = 16_384
    private var finishedCount = 0
    var hasEnded = false
    private var sawDone = false
    /// ``contentBytes`` at the last report of usage.
    private var reportedBytes = 0
    /// The usage chunk that the client still has to get, because the backend put it into a chunk with choices.
    var owedUsageChunk: [UInt8] = []
    /// The first chunk that was read in full: what a chunk of the gateway's own is made from.
    private(set) var firstChunk: [UInt8] = []
    /// The last chunk that was read in full, if it was plain.
    private var plainChunk: PlainChunk?
    /// What was written so far; `nil` where nobody needs it.
    public private(set) var transcript: Transcript?

    /// A meter for the stream that answers one request.
    ///
    /// - Parameters:
    ///   - choiceCount: How many choices are to come.
    ///   - clientWantsUsage: Whether the client asked for the usage chunk.
    ///   - jsonDepthMax: How many objects and arrays of a chunk may be open at once.
    ///   - transcript: What keeps the text; `nil` keeps none.
    ///   - before: What the beginning of the answer took that this stream goes on with.
    public init(
        choiceCount: Int,
        clientWantsUsage: Bool,
        jsonDepthMax: Int,
        transcript: Transcript? = nil,
        after before: TokenUsage? = nil
    ) {
        self.transcript = transcript
        self.before = before
        self.choiceCount = choiceCount
        self.clientWantsUsage = clientWantsUsage
        self.jsonDepthMax = jsonDepthMax
    }

    /// Whether `[DONE]` came, or a finish reason for each choice.
    ///
    /// A stream that the backend closes before that was cut, and must not look whole to the client.
    public var isComplete: Bool { sawDone || finishedCount >= choiceCount }

    /// What ends the client's stream after a whole answer: the usage chunk if it is still owed, then `[DONE]`.
    public var ending: [UInt8] {
        var bytes = owedUsageChunk
        bytes.append("data: [DONE]\n\n")
        return bytes
    }

    /// Takes the next event.
    ///
    /// - Complexity: O(n), about 0.1 µs for a chunk that is like the one before but for its text, else 1 µs.
    public mutating func consume(_ event: ServerSentEvent) -> Step {
        guard !hasEnded else { return .drop }
        if event.isComment { return .forward }
        // The standard has clients skip an event without data; OpenAI's fail on it.
        guard !event.data.isEmpty else { return .drop }
        if event.name == nil, let plainChunk, let text = plainChunk.text(of: event.data) {
            transcript?.append(text, at: plainChunk.place)
            noteText(bytes: text.count)
            return .forward
        }
        if event.data.hasPrefix("[DONE]") { return end() }
        let chunk: JSONDocument
        do { chunk = try JSONDocument(parsing: event.data, depthMax: jsonDepthMax) } catch {
            return unreadable(error, bytes: event.data.count)
        }
        if let error = chunk.failure { return fail(error) }
        if let name = event.name, name.equals("error") { return fail(BackendError(chunk, status: nil)) }
        if firstChunk.isEmpty, event.data.count <= Self.firstChunkBytesMax { firstChunk = Array(event.data) }
        if model == nil { model = chunk["model"].flatMap { chunk.excerpt(of: $0, bytesMax: 256) } }
        var text = GeneratedText(keepingStrings: transcript != nil)
        let hasChoices = chunk["choices"].map { read(choices: $0, of: chunk, &text) } ?? false
        noteText(bytes: text.bytes)
        let step = relay(chunk, hasChoices: hasChoices)
        // Usage would not be forwarded beside text, and a finish reason that comes again changes nothing.
        if case .forward = step, let only = text.only {
            plainChunk = PlainChunk(chunk, text: only, at: text.place)
        } else {
            plainChunk = nil
        }
        return step
    }

    private mutating func noteText(bytes: Int) {
        contentBytes += bytes
        hasContent = hasContent || bytes > 0
    }

    private mutating func end() -> Step {
        guard hasContent else {
            return fail(BackendError(kind: .cut, message: "the stream ended before any content"))
        }
        hasEnded = true
        sawDone = true
        return .done
    }

    private mutating func fail(_ error: BackendError) -> Step {
        hasEnded = true
        return .failed(error)
    }

    /// Fails the stream for what isn't JSON; what only this gateway is too strict to read is relayed as content.
    private mutating func unreadable(_ error: JSONError, bytes: Int) -> Step {
        switch error.reason {
        case .duplicateKey, .loneSurrogate, .tooDeep, .tooLong:
            hasContent = true
            contentBytes += bytes
            return .forward
        case .unexpectedEnd, .unexpectedByte, .notAnObject, .trailingBytes, .invalidLiteral, .invalidNumber,
            .invalidEscape, .controlCharacter, .invalidUTF8:
            return fail(BackendError(kind: .malformed, message: "an event is not a JSON object: \(error.message)"))
        }
    }

    /// Reads the choices of a chunk and says whether there are any.
    private mutating func read(choices: JSONValue, of chunk: JSONDocument, _ text: inout GeneratedText) -> Bool {
        var isEmpty = true
        for choice in chunk.elements(of: choices) {
            isEmpty = false
            read(choice, of: chunk, &text)
        }
        return !isEmpty
    }

    private mutating func read(_ choice: JSONValue, of chunk: JSONDocument, _ text: inout GeneratedText) {
        var index = 0
        var reason: FinishReason?
        var content: JSONValue?
        for member in chunk.members(of: choice) {
            if chunk.equals(member.key, "delta") || chunk.equals(member.key, "text") {
                chunk.count(member.value, in: &text)
                if transcript != nil { content = chunk.content(of: member.value) }
            } else if chunk.equals(member.key, "finish_reason") {
                reason = chunk.finishReason(of: member.value)
            } else if chunk.equals(member.key, "index") {
                index = chunk.int(of: member.value) ?? 0
            }
        }
        transcript?.append(&text, ofChoice: index, content: content, in: chunk)
        if let reason { finish(index, reason) }
    }

    mutating func finish(_ index: Int, _ reason: FinishReason) {
        hasContent = true
        guard (0..<choiceCount).contains(index) else { return }
        while finishReasons.count <= index { finishReasons.append(nil) }
        if finishReasons[index] == nil { finishedCount += 1 }
        finishReasons[index] = reason
    }

    /// Takes usage out of a chunk that the client would not have got from OpenAI with it.
    private mutating func relay(_ chunk: JSONDocument, hasChoices: Bool) -> Step {
        guard let object = chunk["usage"], object.kind == .object else { return .forward }
        if let later = TokenUsage(object, in: chunk) {
            usage = usage.map { $0.merged(with: later) } ?? later
            reportedBytes = contentBytes
        }
        var changes: [(key: StaticString, value: [UInt8]?)] = []
        if let before { changes.append(("usage", told(later: usage ?? .zero, after: before))) }
        switch (hasChoices, clientWantsUsage) {
        case (true, true):
            owedUsageChunk = chunk.event(replacing: changes + [("choices", Array("[]".utf8))])
            return .rewrite(chunk.event(replacing: [("usage", Array("null".utf8))]))
        case (true, false):
            return .rewrite(chunk.event(replacing: [("usage", nil)]))
        case (false, true):
            owedUsageChunk = []
            if chunk["choices"] == nil { changes.append(("choices", Array("[]".utf8))) }
            return changes.isEmpty ? .forward : .rewrite(chunk.event(replacing: changes))
        case (false, false):
            return .drop
        }
    }

    /// The usage of an answer in two parts: the prompt of the first, and what both have written.
    private func told(later: TokenUsage, after before: TokenUsage) -> [UInt8] {
        var usage = before
        usage.output += later.output
        usage.reasoning += later.reasoning
        var counts = JSONWriter()
        counts.object { usage.writeMembers(to: &$0) }
        return counts.bytes
    }
}

extension JSONDocument {
    /// An event with this text after some changes.
    ///
    /// Line ends are blanks to JSON, but would end a `data` line.
    func event(replacing changes: [(key: StaticString, value: [UInt8]?)]) -> [UInt8] {
        let isLineEnd: (UInt8) -> Bool = { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let edited = replacing(changes)
        guard edited.contains(where: isLineEnd) else { return [UInt8](event: edited) }
        return [UInt8](event: edited.map { isLineEnd($0) ? UInt8(ascii: " ") : $0 })
    }
}
