internal import Accounting
internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Routing
internal import Tenancy
internal import Wire

extension Decision {
    /// The candidates as the ledger keeps them: short, since there is one for each model of each request.
    func candidatesJSON(in catalogue: Catalogue) -> [UInt8] {
        var writer = JSONWriter()
        writer.array { writer in
            for candidate in candidates {
                // Models that do not answer this API at all say nothing of the choice.
                if case .endpointNotServed? = candidate.rejection { continue }
                if case .notAllowed? = candidate.rejection { continue }
                writer.object { writer in
                    writer.member("model", catalogue.models[candidate.index].id.rawValue)
                    writer.member("cost_nanodollars", Int(candidate.expectedCost.nanodollars))
                    writer.member("latency_us", Int(candidate.expectedLatency.microseconds))
                    writer.member("quality", candidate.quality)
                    writer.member("carbon_ug", Int(candidate.carbon.central.micrograms))
                    if let score = candidate.score { writer.member("score", score) }
                    if let rejection = candidate.rejection { writer.member("rejected", rejection.code) }
                }
            }
        }
        return writer.bytes
    }

    /// The whole decision for people and programs: `POST /v1/route` with `dry_run`, and `switchyard route`.
    ///
    /// Models that `client` may not use are left out, as they are from the list of models.
    func write(
        to writer: inout JSONWriter,
        catalogue: Catalogue,
        client: Client,
        complexity: Complexity?,
        capability: Capability?,
        basis: PromptOpinion.Basis? = nil,
        opinion: PromptOpinion? = nil,
        chooser: ChooserReport? = nil,
        placement: QuotaControl.Placement? = nil
    ) {
        writer.member("strategy", strategy.rawValue)
        writer.member("model", choice.map { catalogue.models[$0].id.rawValue })
        writer.member("reason", reason.code)
        writer.member("explanation", explanation(in: catalogue))
        writer.member("confidence", confidence)
        writer.member("propensity", propensity)
        writer.member("must_queue", mustQueue)
        writer.member("cached", isCached)
        writer.member("capability", capability?.rawValue)
        if let complexity {
            writer.member("complexity", complexity.score)
            writer.member("tier", complexity.tier().rawValue)
        }
        if let basis { writer.member("scored_by", basis.rawValue) }
        if let opinion {
            opinion.writeSummary(to: &writer)
            opinion.writeVoices(to: &writer, models: catalogue.models, isShown: client.mayUse)
        }
        chooser?.writeReport(rivals, in: catalogue, to: &writer, isShown: client.mayUse)
        placement?.write(to: &writer)
        writer.array("relaxed") { writer in for constraint in relaxed { writer.value(constraint.rawValue) } }
        writer.array("fallbacks") { writer in
            for index in fallbacks { writer.value(catalogue.models[index].id.rawValue) }
        }
        writer.array("candidates") { writer in
            for candidate in candidates {
                let model = catalogue.models[candidate.index]
                if client.mayUse(model.id) { candidate.write(to: &writer, model: model) }
            }
        }
    }
}

extension Candidate {
    fileprivate func write(to writer: inout JSONWriter, model: Model) {
        writer.object { writer in
            writer.member("model", model.id.rawValue)
            writer.member("tier", model.tier.rawValue)
            writer.member("simulated", model.provider == .simulated)
            writer.member("expected_output_tokens", outputTokens)
            writer.member("expected_cost_usd", expectedCost.dollars)
            writer.member("expected_latency_ms", expectedLatency.inSeconds * 1000)
            writer.member("expected_quality", quality)
            writer.object("expected_carbon_g") { writer in
                writer.member("low", carbon.low.grams)
                writer.member("central", carbon.central.grams)
                writer.member("high", carbon.high.grams)
                writer.member("provenance", carbon.provenance.rawValue)
            }
            if let score {
                writer.member("score", score)
            }
            if let rejection {
                writer.object("rejected") { writer in
                    writer.member("code", rejection.code)
                    writer.member("reason", "\(model.id) \(rejection)")
                }
            }
        }
    }
}

extension Complexity {
    /// The score and its features as the ledger keeps them, what routers said, what became of a cascade, and what the
    /// plan in force made of it.
    func json(_ record: RequestRecord, in catalogue: Catalogue) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("complexity", score)
            writer.member("words", features.words)
            writer.member("demands", features.demands)
            writer.member("constraints", features.constraintWords)
            writer.member("code_fences", features.codeFences)
            writer.member("symbols", features.symbols)
            writer.member("operators", features.operators)
            writer.member("questions", features.questions)
            writer.member("list_items", features.listItems)
            if let basis = record.basis { writer.member("scored_by", basis.rawValue) }
            record.opinion?.writeSummary(to: &writer)
            if let chooser = record.chooser, let rivals = record.decision?.rivals {
                chooser.write(rivals, in: catalogue, to: &writer)
            }
            if let cascade = record.cascade { writer.member("cascade", cascade.text) }
            record.placement?.write(to: &writer)
            if let asked = record.asked {
                writer.object("asked") { writer in
                    asked.write(to: &writer)
                    if let options = record.options { writer.object("route") { options.write(to: &$0) } }
                }
            }
        }
        return writer.bytes
    }
}

extension Inference {
    /// `POST /v1/route` with `dry_run`: the decision alone.
    @inline(never)
    func dryRunReport(_ decision: Decision, _ record: RequestRecord) -> Answer {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("object", "route.decision")
            writer.member("id", record.id.description)
            write(decision, record, to: &writer)
        }
        return .whole(status: 200, contentType: Array("application/json".utf8), body: writer.bytes)
    }

    /// The answer to the simple form: which model, what it would cost and take, and whether that is within the limits.
    @inline(never)
    func simpleReport(_ decision: Decision, _ options: RouteOptions?) -> Answer {
        var writer = JSONWriter()
        writer.object { writer in
            guard let choice = decision.choice else {
                writer.member("model", nil as String?)
                writer.member("explanation", decision.explanation(in: policy.catalogue))
                return
            }
            let candidate = decision.candidates[choice]
            writer.member("model", policy.catalogue.models[choice].id.rawValue)
            writer.member("simulated", policy.catalogue.models[choice].provider == .simulated)
            writer.member("cost", candidate.expectedCost.dollars)
            writer.member("latency_ms", candidate.expectedLatency.inSeconds * 1000)
            writer.member("within_budget", options?.costMax.map { candidate.expectedCost <= $0 } ?? true)
            writer.member("within_latency", options?.latencyMax.map { candidate.expectedLatency <= $0 } ?? true)
        }
        return .whole(status: 200, contentType: Array("application/json".utf8), body: writer.bytes)
    }

    /// The first event of a stream from `/v1/route`: a chunk without choices that carries the decision.
    func routeEvent(_ decision: Decision, _ record: RequestRecord) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("id", record.id.description)
            writer.member("object", "chat.completion.chunk")
            writer.member("created", Int(record.id.unixMilliseconds / 1000))
            writer.member("model", record.requestedModel)
            writer.array("choices") { _ in }
            writer.member("route", raw: routeMember(decision, record)[...])
        }
        return Array("data: ".utf8) + writer.bytes + Array("\n\n".utf8)
    }

    /// The decision as the member `route` of a whole answer from `/v1/route`.
    func routeMember(_ decision: Decision, _ record: RequestRecord) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            write(decision, record, to: &writer)
        }
        return writer.bytes
    }

    private func write(_ decision: Decision, _ record: RequestRecord, to writer: inout JSONWriter) {
        decision.write(
            to: &writer,
            catalogue: policy.catalogue,
            client: record.client,
            complexity: record.complexity,
            capability: record.capability,
            basis: record.basis,
            opinion: record.opinion,
            chooser: record.chooser,
            placement: record.placement
        )
    }

    /// `body`, a JSON object, with `member` as its member `route`; as it is if it is no object.
    func adding(_ member: [UInt8], to body: [UInt8]) -> [UInt8] {
        do throws(JSONError) {
            let document = try JSONDocument(parsing: body, depthMax: policy.settings.limits.jsonDepthMax)
            return document.replacing([(key: "route", value: member)])
        } catch {
            return body
        }
    }
}
