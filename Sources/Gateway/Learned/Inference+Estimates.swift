internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Routing
internal import Tenancy
internal import Wire

/// What routers that have learned say of one prompt.
struct PromptOpinion: Sendable {
    /// What one of them says.
    struct Voice: Sendable {
        /// Its name.
        let router: String
        /// Of each model in the catalogue's order.
        let estimate: PromptEstimate
    }

    /// The one that counts.
    let voice: Voice
    /// All that were asked: in a dry run, every router that there is.
    let voices: [Voice]
    /// What it goes by.
    let basis: Basis
    /// How long they took, the wait for them included.
    let encoding: Duration
    /// How long everything took, and the request waited: vectors, estimates, and the way to other threads and back.
    var scoring = Duration.zero

    var estimate: PromptEstimate { voice.estimate }

    /// What a prompt was scored by.
    enum Basis: String, CaseIterable {
        /// What encoders make of it.
        case vectors
        /// Its words and its surface: where there is no encoder, or no time for it.
        case words
        /// The registry's qualities, and how complex the prompt looks: where there was no time for any router.
        case registry
    }
}

extension Inference {
    /// Has the prompt scored by the router that the request or the settings choose, where there is one and something to
    /// choose.
    ///
    /// A request waits `encoder.wait_ms_max` for its vectors, and as long again for what is made of its words. Where even
    /// these are not to be had, it has no opinion but the registry's: the threads that score stand back for all others.
    func score(
        _ incoming: Incoming,
        _ wishes: RoutingWishes,
        _ record: RequestRecord
    ) async throws(GatewayError) {
        guard let name = wishes.router, wishes.pinned == nil, incoming.request.endpoint != .embeddings else { return }
        let router = try policy.learnedRouter(name)
        let asked = incoming.isDryRun ? policy.learnedRouters : [router]
        let text = incoming.request.promptText(bytesMax: policy.settings.routing.scoredBytesMax).prompt
        let began = Instant.now
        let layers = Set(asked.flatMap(\.estimator.layers)).sorted()
        var labels: [String: [Float]] = [:]
        for router in asked {
            labels[router.id] = await router.classifier?.pool.probabilities(for: text, on: worker.loop)
        }
        let (labelsFound, memories, asker) = (labels, service.feedback.memories, record.client.payer.key)
        let judge = { @Sendable (vectors: EncoderPool.Vectors) in
            let encoding = began.duration(to: Instant.now)
            let evidence = PromptEvidence(of: text, layers: vectors, labels: labelsFound)
            return Self.opinion(of: evidence, by: router, among: asked, taught: memories, for: asker, encoding)
        }
        var opinion: PromptOpinion??
        if !layers.isEmpty, let encoder = service.encoder {
            opinion = await encoder.read(text, layers: layers, on: worker.loop, judge)
        }
        // Tenths of a millisecond, which other requests of this loop had better not wait for.
        if opinion == nil {
            let latest = Instant.now.advanced(by: .milliseconds(policy.settings.encoder.waitMillisecondsMax))
            opinion = await service.estimates.value(on: worker.loop, until: latest) { judge([:]) }
        }
        record.opinion = opinion ?? nil
        record.opinion?.scoring = began.duration(to: Instant.now)
        record.basis = record.opinion?.basis ?? .registry
    }

    private static func opinion(
        of evidence: PromptEvidence,
        by router: LearnedRouter,
        among asked: [LearnedRouter],
        taught memories: [String: FeedbackMemory],
        for asker: KeyID?,
        _ encoding: Duration
    ) -> PromptOpinion? {
        let basis: PromptOpinion.Basis = evidence.layers.isEmpty && evidence.labels.isEmpty ? .words : .vectors
        let voices = asked.map { router in
            var estimate = router.estimator.estimate(evidence)
            // A request may be older than the models that are learned about now.
            if let memory = memories[router.id], memory.models == router.estimator.models {
                estimate = memory.corrected(estimate, of: evidence, for: asker)
            }
            return PromptOpinion.Voice(router: router.id, estimate: estimate)
        }
        return voices.first { $0.router == router.id }.map { voice in
            PromptOpinion(voice: voice, voices: voices, basis: basis, encoding: encoding)
        }
    }
}

extension Policy {
    /// Puts what a router says of the prompt in place of the registry's qualities; where it is not sure, asks for the safe
    /// tier by those instead.
    func apply(_ belief: PromptLook.Belief, to request: inout RoutingRequest) {
        guard !belief.isSure else {
            request.qualities = belief.qualities
            request.gates = belief.gates
            return
        }
        let endpoint = request.endpoint
        let safe = catalogue.models.lazy
            .filter { $0.tier.rawValue == self.settings.routing.safeTier && $0.endpoints.contains(endpoint) }
            .map(\.quality).min()
        guard let safe else { return }
        request.constraints.requiredQuality = max(safe, request.constraints.requiredQuality ?? 0)
    }

    /// Whether a router had better not be believed.
    func isUnsure(of opinion: PromptOpinion) -> Bool {
        !isSure(opinion.estimate.confidence, isOutOfDomain: opinion.estimate.isOutOfDomain)
    }

    /// Whether what a router says is to be believed.
    func isSure(_ confidence: Double, isOutOfDomain: Bool) -> Bool {
        !isOutOfDomain && confidence >= settings.routing.confidenceMin
    }

    /// What a router's opinion comes to.
    func belief(_ opinion: PromptOpinion) -> PromptLook.Belief {
        PromptLook.Belief(
            qualities: opinion.estimate.qualities.map(\.expected),
            gates: opinion.estimate.gates,
            isSure: !isUnsure(of: opinion)
        )
    }
}

extension PromptOpinion {
    /// What counts, in short: for the ledger and the answer of a decision.
    func writeSummary(to writer: inout JSONWriter) {
        writer.member("router", voice.router)
        writer.member("router_confidence", estimate.confidence)
        writer.member("out_of_domain", estimate.isOutOfDomain)
        writer.member("encode_ms", encoding.inSeconds * 1000)
        writer.member("score_ms", scoring.inSeconds * 1000)
        if let length = estimate.length { writer.member("length_ratio", length.ratio) }
    }

    /// What each router says, for a dry run: scores of the models that `isShown` lets through.
    func writeVoices(to writer: inout JSONWriter, models: [Model], isShown: (ModelID) -> Bool) {
        writer.object("routers") { writer in
            for voice in voices {
                writer.key(named: voice.router)
                writer.object { writer in
                    writer.object("scores") { writer in
                        for (model, quality) in zip(models, voice.estimate.qualities) where isShown(model.id) {
                            writer.key(named: model.id.rawValue)
                            writer.value(quality.expected)
                        }
                    }
                    if let length = voice.estimate.length { writer.member("length_ratio", length.ratio) }
                    if let gates = voice.estimate.gates {
                        writer.object("gates") { writer in
                            for (model, share) in zip(models, gates) where share > 0 && isShown(model.id) {
                                writer.key(named: model.id.rawValue)
                                writer.value(share)
                            }
                        }
                    }
                    writer.object("classes") { writer in
                        for entry in voice.estimate.classes {
                            writer.key(named: entry.name)
                            writer.value(entry.probability)
                        }
                    }
                    writer.member("confidence", voice.estimate.confidence)
                    writer.member("out_of_domain", voice.estimate.isOutOfDomain)
                }
            }
        }
    }
}
