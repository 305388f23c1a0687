internal import Configuration
internal import Domain
internal import Ledger
internal import Reactor
internal import Routing
internal import Server

/// Cheap answers that do not pass a check, and the better models that are asked then.
extension Dispatch {
    /// An answer that may still be given.
    private struct Given {
        let answer: Answer
        let index: Int
        let check: AnswerCheck
        let attempt: RequestRecord.Attempt
        let passedFields: [UInt8]
    }

    /// `answer`, or a better model's where it does not pass the checks and another one is worth its price.
    ///
    /// Both are charged. Where the other gives no answer, or one no better, the first is given after all. `nil` if an answer
    /// broke off when its client had seen the beginning.
    // Not inlined: what is kept of answers is large, and would lie in the frame of every request that waits.
    @inline(never)
    func cascaded(_ answer: Answer, _ record: RequestRecord) async -> Answer? {
        guard let cascade else { return answer }
        guard let first = given(answer, cascade, record) else {
            record.cascade = record.cascade ?? CascadeReport(result: .unchecked)
            return answer
        }
        var (best, escalations) = (first, 0)
        record.cascade = CascadeReport(result: .accepted)
        while true {
            let (index, doubt): (Int, CascadePolicy.Doubt)
            switch step(best, escalations, cascade, record) {
            case .accept: return show(best.answer, record)
            case .keep(let doubt, let obstacle):
                if best.index == first.index { keep(best, doubt, obstacle, record) }
                return show(best.answer, record)
            case .escalate(let next, let reason): (index, doubt) = (next, reason)
            }
            guard let pass = freePass(of: [index]) else {
                if best.index == first.index { keep(best, doubt, .busy, record) }
                return show(best.answer, record)
            }
            escalations += 1
            setAside(best, doubt, record)
            cascade.holdsBack = escalations < cascade.policy.escalationsMax
            record.headroom = nil
            guard let next = await attempt(pass, record) else {
                if exchange.hasStarted { return nil }
                keep(best, doubt, failure?.failure.isOwn ?? false ? .budget : .noBetterAnswer, record)
                return show(best.answer, record)
            }
            if exchange.hasStarted { return next }
            guard let other = given(next, cascade, record) else {
                guard case .whole(let status, _, _) = next, status != 200 else { return show(next, record) }
                keep(best, doubt, .noBetterAnswer, record)
                return show(best.answer, record)
            }
            guard isBetter(other, than: best, cascade) else {
                keep(best, doubt, .noBetterAnswer, record)
                return show(best.answer, record)
            }
            best = other
        }
    }

    /// The answer that has just come; `nil` if it can't be checked, or the client has seen its beginning.
    @inline(never)
    private func given(_ answer: Answer, _ cascade: Cascade, _ record: RequestRecord) -> Given? {
        if case .whole(let status, _, _) = answer, status != 200 { return nil }
        guard !exchange.hasStarted, let check = cascade.check(answer), let attempt = record.attempts.last,
            let index = policy.catalogue.index(of: attempt.backend.model.id.rawValue)
        else { return nil }
        return Given(answer: answer, index: index, check: check, attempt: attempt, passedFields: record.passedFields)
    }

    @inline(never)
    private func step(
        _ given: Given,
        _ escalations: Int,
        _ cascade: Cascade,
        _ record: RequestRecord
    ) -> CascadePolicy.Step {
        guard let decision = record.decision else { return .accept }
        let tried = record.attempts.map(\.backend.model.id)
        let open = decision.candidates.filter { candidate in
            candidate.rejection == nil && !tried.contains(policy.catalogue.models[candidate.index].id)
                && cascade.named?.contains(candidate.index) ?? true
        }
        let spent = record.attempts.reduce(Money.zero) { $0 + $1.cost }
        let elapsed = record.receivedAt.duration(to: Instant.now)
        let hasAttempts = record.calls < policy.settings.routing.attemptsMax
        return cascade.policy.step(
            given.check,
            of: decision.candidates[given.index].quality,
            options: open.map {
                .init(index: $0.index, quality: $0.quality, cost: $0.expectedCost, latency: $0.expectedLatency)
            },
            within: .init(
                cost: record.limits.maxCost.map { $0 - spent },
                latency: record.limits.maxLatency.map { $0 - elapsed }
            ),
            escalations: hasAttempts ? escalations : .max
        )
    }

    /// Books an answer as one that another is bought in place of.
    @inline(never)
    private func setAside(_ given: Given, _ doubt: CascadePolicy.Doubt, _ record: RequestRecord) {
        record.cascade = CascadeReport(
            result: .escalated,
            from: record.cascade?.from ?? given.attempt.backend.model.id,
            doubt: record.cascade?.doubt ?? doubt
        )
        guard let place = place(of: given, record) else { return }
        record.attempts[place].outcome = .superseded
        record.attempts[place].error = "escalated: \(doubt.code)"
    }

    /// Gives an answer although it does not pass; another that was asked for was no better.
    @inline(never)
    private func keep(
        _ given: Given,
        _ doubt: CascadePolicy.Doubt,
        _ obstacle: CascadePolicy.Obstacle,
        _ record: RequestRecord
    ) {
        record.cascade = CascadeReport(
            result: .kept,
            from: given.attempt.backend.model.id,
            doubt: doubt,
            obstacle: obstacle
        )
        guard let place = place(of: given, record) else { return }
        for other in record.attempts.indices where record.attempts[other].outcome == .completed && other != place {
            record.attempts[other].outcome = .superseded
            record.attempts[other].error = "no better than \(given.attempt.backend.model.id)"
        }
        // The last one is always that which answered.
        record.attempts.remove(at: place)
        record.attempts.append(given.attempt)
        record.backend = given.attempt.backend
        record.passedFields = given.passedFields
    }

    private func place(of given: Given, _ record: RequestRecord) -> Int? {
        record.attempts.firstIndex { attempt in
            attempt.startedAt == given.attempt.startedAt && attempt.backend === given.attempt.backend
        }
    }

    /// What passes is better than what does not; then form decides, then how sure it seems; then it is the abler model's.
    private func isBetter(_ other: Given, than given: Given, _ cascade: Cascade) -> Bool {
        func rank(_ given: Given) -> (Int, Double, Double) {
            (cascade.policy.doubt(given.check) == nil ? 1 : 0, given.check.quality, -given.check.uncertainty)
        }
        return rank(other) >= rank(given)
    }

    /// A stream that was held back shows its first token now.
    private func show(_ answer: Answer, _ record: RequestRecord) -> Answer {
        if case .stream = answer { record.firstTokenAt = record.firstTokenAt ?? Instant.now }
        return answer
    }
}
