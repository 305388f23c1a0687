internal import Configuration
internal import Domain
internal import Ledger
internal import Routing
internal import Wire

/// What is kept of prompts for routers to learn from, where `ledger.evidence` asks for it.
extension Inference {
    /// Remembers the prompt's text until the request ends.
    func notePrompt(_ incoming: Incoming, _ record: RequestRecord) {
        guard policy.settings.ledger.evidence != .none, incoming.isExecuted, incoming.request.endpoint != .embeddings
        else { return }
        record.prompt = incoming.request.promptText(bytesMax: policy.settings.routing.scoredBytesMax).prompt
    }

    /// Works out what is to be kept of the prompt: once the request has an answer that somebody could judge, and mostly
    /// when it has been sent.
    ///
    /// Vectors that a router has asked for are remembered; others are waited for as a router would.
    func gatherEvidence(_ record: RequestRecord) async {
        guard let prompt = record.prompt, record.outcome.isAnswer else { return }
        var vectors: EncoderPool.Vectors?
        if let encoder = service.encoder {
            vectors = await encoder.vectors(of: prompt, layers: FeatureVector.layers, on: worker.loop)
        }
        record.evidence = evidence(of: prompt, vectors)
    }

    // Not inlined: evidence is large, and would lie in the frame that waits.
    @inline(never)
    private func evidence(of prompt: String, _ vectors: EncoderPool.Vectors?) -> EvidenceRow {
        EvidenceRow(
            encoder: vectors == nil ? nil : service.encoder?.name,
            features: PromptEvidence(of: prompt, layers: vectors ?? [:]).record,
            prompt: policy.settings.ledger.evidence == .prompt ? prompt : nil
        )
    }
}
