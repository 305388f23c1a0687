internal import Configuration
internal import Domain
internal import Routing
internal import Wire

/// What a stream that broke off leaves for another model to go on with.
struct Resumption {
    /// All of the answer that the client has, or will have before anything else.
    var written: Transcript
    /// Events of it that the client has not got yet.
    var unsent: [UInt8]
    /// What it took so far: the first model's prompt, and what was written.
    var usage: TokenUsage

    /// What goes before the events of the model that goes on: a comment names it, as the head has gone out long ago.
    func preface(by model: Model) -> [UInt8] {
        unsent + Array(": x-switchyard-resumed: \(model.id)\n\n".utf8)
    }
}

/// Going on where a stream broke off: the client's answer is finished by another model, which is given its beginning.
extension Dispatch {
    /// Whether the answer is to be gone on with if it breaks off.
    var resumes: Bool { policy.settings.routing.resumesStreams && original.isResumable }

    /// Keeps what a stream wrote before it broke off; `unsent` are events of it that were not sent.
    func keep(_ relay: Relay, unsent: [UInt8]) {
        // What broke before it wrote anything leaves what there was.
        guard resumes, relay.meter.hasContent, let written = relay.meter.transcript else { return }
        guard relay.meter.finishReasons.isEmpty else { return isResumable = false }
        let usage = relay.usageSoFar
        guard var resumption else {
            return resumption = Resumption(written: written, unsent: unsent, usage: usage)
        }
        resumption.written.append(written)
        resumption.unsent = unsent
        resumption.usage.output += usage.output
        self.resumption = resumption
    }

    /// Whether a model may go on with the stream that has just broken off: those that may are what is left to try.
    @inline(never)
    func resume(_ record: RequestRecord) -> Bool {
        guard isResumable, resumption != nil, let failure, case .brokenAfterCommitment = failure.failure else {
            return false
        }
        untried.removeAll { request(resumedBy: $0) == nil }
        // The model that broke may do it itself where no other can.
        if untried.isEmpty, request(resumedBy: failure.index) != nil { untried = [failure.index] }
        record.isResumed = true
        // Half of it is another model's.
        record.streamed = nil
        return !untried.isEmpty
    }

    /// What the model at `index` is sent: the rest of the answer is asked for once some of it is there.
    func request(resumedBy index: Int) -> InferenceRequest? {
        guard let resumption else { return original }
        let model = policy.catalogue.models[index]
        let request = original.resuming(
            after: resumption.written,
            tokens: resumption.usage.output,
            by: model.prefill,
            jsonDepthMax: policy.settings.limits.jsonDepthMax
        )
        return request.flatMap { $0.inputTokens < model.contextWindow ? $0 : nil }
    }
}
