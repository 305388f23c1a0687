internal import Budgets
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Tenancy
internal import Wire

extension Inference {
    /// Lets the request in by its rate limits, and finds the budgets that it falls under.
    func admit(_ incoming: Incoming, _ record: RequestRecord) throws(GatewayError) {
        guard !policy.rules.isEmpty else { return }
        let spending = service.spending
        let tags = record.tagNames
        if !policy.rules.budgets.isEmpty || !policy.rules.latencyBudgets.isEmpty {
            record.accounts = spending.book.accounts(for: record.client.payer, tags: tags)
        }
        guard !policy.rules.rateLimits.isEmpty else { return }
        let limits = spending.limiter.limits(for: record.client.payer, tags: tags)
        let now = Int64(clamping: worker.loop.now.nanoseconds / 1_000_000)
        do throws(Throttling) {
            let tokens = incoming.isExecuted ? policy.expectedTokens(incoming.request) : 0
            record.ticket = try spending.limiter.admit(tokens: Int64(clamping: tokens), by: limits, now: now)
            record.rates = spending.limiter.allowance(of: limits, now: now)
        } catch {
            record.rates = spending.limiter.allowance(of: limits, now: now)
            throw .throttled(error)
        }
    }

    /// What budgets leave for the request, to the router; `nil` where they cannot bind.
    ///
    /// Models that turned out too dear since the last look, because others were faster, have nothing left.
    func purse(_ request: InferenceRequest, _ record: RequestRecord) -> (purse: Purse?, latencyMax: Duration?) {
        guard let accounts = record.accounts else { return (nil, nil) }
        let spending = service.spending
        let now = WallClock.unixMilliseconds
        func headroom(_ model: ModelID?) -> Headroom {
            spending.book.headroom(
                of: accounts,
                model: model,
                before: record.spent,
                startedAt: record.id.unixMilliseconds,
                now: now
            )
        }
        let common = headroom(nil)
        record.headroom = common
        let prices = Purse.Prices(
            cost: common.prices.cost,
            carbon: max(common.prices.carbon, common.prices.energy)
        )
        let outputTokens = policy.outputTokensLeast(request, by: spending.holdPolicy)
        // Mostly there is plenty, which takes no closer look at any model to say.
        guard
            prices != .usual || !policy.budgetedModels.isEmpty || !record.shortModels.isEmpty
                || !policy.holdsFit(
                    inputTokens: policy.inputTokensMost(request, by: spending.prompts),
                    outputTokens: outputTokens,
                    in: common.left
                )
        else { return (nil, common.latencyMax) }
        var purse = Purse(
            left: common.left,
            inputTokens: policy.inputTokensMax(request, by: spending.prompts),
            outputTokens: outputTokens,
            prices: prices
        )
        for index in policy.budgetedModels {
            purse.leftByModel[index] = headroom(policy.catalogue.models[index].id).left
        }
        for index in record.shortModels { purse.leftByModel[index] = .zero }
        return (purse, common.latencyMax)
    }

    /// Gives back what rate limits let in, and learns from a whole answer how long answers are.
    func settleLimits(_ record: RequestRecord) {
        let spending = service.spending
        if let ticket = record.ticket {
            record.ticket = nil
            spending.limiter.settle(
                ticket,
                tokens: Int64(clamping: record.usage.total),
                now: Int64(clamping: worker.loop.now.nanoseconds / 1_000_000)
            )
        }
        guard let attempt = record.attempts.last, attempt.outcome == .completed else { return }
        let model = attempt.backend.model.id
        if let accounts = record.accounts {
            spending.book.count(
                record.receivedAt.duration(to: Instant.now),
                of: accounts,
                model: model,
                startedAt: record.id.unixMilliseconds,
                now: WallClock.unixMilliseconds
            )
        }
        guard !attempt.usage.isEstimated, record.endpoint != .embeddings, !record.isResumed else { return }
        spending.lengths.observe(
            attempt.usage.output / max(record.asked?.generationCount ?? 1, 1),
            isCut: attempt.isCut,
            ratio: record.opinion?.estimate.length?.ratio,
            model: model,
            key: record.client.payer.key,
            promptClass: record.promptClass
        )
        guard record.imageCount == 0 else { return }
        spending.prompts.observe(tokens: attempt.usage.input, bytes: record.inputBytes, model: model)
    }

    /// Why no budget pays for the cheapest model that would do; `nil` if by now one does.
    func shortfall(_ decision: Decision, _ incoming: Incoming, _ record: RequestRecord) -> Shortfall? {
        let short = decision.candidates.filter { if case .overBudget? = $0.rejection { true } else { false } }
        guard let cheapest = short.min(by: { $0.expectedCost < $1.expectedCost }) else { return nil }
        do throws(Shortfall) {
            let allowance = try policy.allowance(cheapest.index, for: incoming.request, record, by: service.spending)
            allowance?.settle(.zero)
            return nil
        } catch {
            return error
        }
    }
}

extension Policy {
    /// Holds what `request` needs at the model at `index`; `nil` where no budget can bind.
    func allowance(
        _ index: Int,
        for request: InferenceRequest,
        _ record: RequestRecord,
        by spending: SpendControl
    ) throws(Shortfall) -> Allowance? {
        guard let accounts = record.accounts else { return nil }
        let backend = backends[index]
        let now = WallClock.unixMilliseconds
        // Good for the first attempt alone, and not for a model that has budgets of its own.
        let known = budgetedModels.contains(index) ? nil : record.headroom.take()
        let headroom =
            known
            ?? spending.book.headroom(
                of: accounts,
                model: backend.model.id,
                before: record.spent,
                startedAt: record.id.unixMilliseconds,
                now: now
            )
        return try Allowance(
            holdRequest(request, backend, record, by: spending),
            accounts: accounts,
            headroom: headroom,
            model: backend.model.id,
            id: record.id,
            before: record.spent,
            rate: holdRate(index),
            isPatient: spending.leases != nil && record.isPatient,
            lead: spending.leadTokens(isStrict: isStrict),
            control: spending,
            now: now
        )
    }

    private func holdRequest(
        _ request: InferenceRequest,
        _ backend: Backend,
        _ record: RequestRecord,
        by spending: SpendControl
    ) -> HoldPolicy.Request {
        let inputTokens = inputTokens(request, model: backend.model.id, by: spending.prompts)
        guard request.endpoint != .embeddings else {
            return HoldPolicy.Request(
                inputTokens: inputTokens,
                outputTokensMax: 0,
                outputTokensLikely: 0,
                isStreamed: false
            )
        }
        let room = max(backend.model.contextWindow - request.inputTokens, 1)
        let limit = min(request.outputTokensMax ?? .max, backend.model.outputTokensMax ?? .max, room)
        let likely = spending.lengths.quantile(
            SpendControl.lengthQuantile,
            model: backend.model.id,
            key: record.client.payer.key,
            promptClass: record.promptClass,
            limit: limit
        )
        return HoldPolicy.Request(
            inputTokens: inputTokens,
            outputTokensMax: limit.multipliedClamped(by: request.generationCount),
            outputTokensLikely: likely.multipliedClamped(by: request.generationCount),
            isStreamed: request.streams
        )
    }

    /// Prompt tokens that a hold is made for, images included.
    private func inputTokens(_ request: InferenceRequest, model: ModelID, by prompts: InputBound) -> Int {
        prompts.tokens(bytes: request.inputBytes, model: model) + InferenceRequest.tokensPerImage * request.imageCount
    }

    /// Prompt tokens that no model is held for more of, whatever is known of it.
    fileprivate func inputTokensMost(_ request: InferenceRequest, by prompts: InputBound) -> Int {
        prompts.tokensMax(bytes: request.inputBytes) + InferenceRequest.tokensPerImage * request.imageCount
    }

    /// The most prompt tokens that any model is held for.
    fileprivate func inputTokensMax(_ request: InferenceRequest, by prompts: InputBound) -> Int {
        catalogue.models.reduce(0) { max($0, inputTokens(request, model: $1.id, by: prompts)) }
    }

    /// The fewest generated tokens that a request is sent for.
    fileprivate func outputTokensLeast(_ request: InferenceRequest, by holds: HoldPolicy) -> Int {
        guard request.endpoint != .embeddings else { return 0 }
        return min(holds.outputTokensMin, request.outputTokensMax ?? .max).multipliedClamped(
            by: request.generationCount
        )
    }
}

extension RequestRecord {
    /// What kind of prompt it is, for the length of its answer.
    var promptClass: PromptClass { PromptClass(capability: capability, inputTokens: asked?.inputTokens ?? 0) }
}

extension Int {
    /// The product, held at the range's end.
    fileprivate func multipliedClamped(by other: Int) -> Int {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? .max : product
    }
}
