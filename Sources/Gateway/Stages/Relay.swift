internal import Accounting
internal import Budgets
internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Reactor
internal import Routing
internal import Server
internal import Upstream
internal import Wire

/// Carries one backend's answer to the client: a whole one at once, a stream event by event as it comes.
///
/// A stream's first events are held back until it has shown content (the commitment point), so that one which breaks
/// before is tried elsewhere and the client never knows. After that point a break is told in band: an `error` event and
/// no `[DONE]`, never a false `stop`.
final class Relay {
    let dispatch: Dispatch
    /// The slot and the circuit's leave that it has.
    let pass: Dispatch.Pass
    /// The backend's place in the catalogue.
    var index: Int { pass.index }
    /// What it has to win before it may answer; `nil` where it is the only attempt.
    var race: Race?
    /// What is known of the attempt so far.
    var attempt: RequestRecord.Attempt
    /// What let it in by the model's own rate limits; `nil` where it has none.
    let ticket: RateTicket?
    /// What budgets have granted; `nil` where none can bind.
    let allowance: Allowance?
    /// What the model's machine worked on when the attempt began.
    let load: AttemptLoad
    /// Whether the request may go out twice where a kept connection turns out to be closed.
    let allowsResending: Bool
    var meter: StreamMeter
    /// How long a stream was silent.
    var silence = Silence()
    private var report: CompletionReport?
    /// How the request went out, if it did.
    private var sending = UpstreamSending()
    private var sentAt: Instant? { sending.sentAt }
    var startedAt: Instant { attempt.startedAt }
    var backend: Backend { attempt.backend }
    /// Calls that the backend may have seen.
    var calls: Int { sending.isResent ? 2 : 1 }
    /// Calls that it may come to at most.
    var callsMax: Int { allowsResending ? 2 : 1 }
    /// Header lines of the answer that the client gets as well.
    private(set) var passedFields: [UInt8] = []
    /// Whether the request's deadline passed while the backend was at work.
    private var ranOutOfTime = false
    /// Bytes of text in a whole answer that broke off.
    private var brokenBytes = 0

    private var jsonDepthMax: Int { dispatch.policy.settings.limits.jsonDepthMax }

    init(
        dispatch: Dispatch,
        pass: Dispatch.Pass,
        attempt: RequestRecord.Attempt,
        ticket: RateTicket?,
        allowance: Allowance?,
        load: AttemptLoad,
        allowsResending: Bool
    ) {
        self.dispatch = dispatch
        self.pass = pass
        self.attempt = attempt
        self.ticket = ticket
        self.allowance = allowance
        self.load = load
        self.allowsResending = allowsResending
        meter = StreamMeter(
            choiceCount: dispatch.request.choiceCount,
            clientWantsUsage: dispatch.request.wantsUsage,
            jsonDepthMax: dispatch.policy.settings.limits.jsonDepthMax,
            transcript: Self.transcript(for: attempt.backend, of: dispatch, isGoneOnWith: dispatch.resumes),
            after: dispatch.resumption?.usage
        )
    }

    /// What keeps the answer's text, where somebody may have to count it, check it or go on with it.
    private static func transcript(for backend: Backend, of dispatch: Dispatch, isGoneOnWith: Bool) -> Transcript? {
        guard backend.counter != nil || dispatch.cascade != nil || isGoneOnWith else { return nil }
        return Transcript(bytesMax: TokenCounter.answerBytesMax, keepsContents: dispatch.cascade != nil)
    }

    /// What was written, where somebody needs it.
    var transcript: Transcript? { report?.transcript ?? meter.transcript }

    /// Why its choices ended.
    var finishReasons: [FinishReason] { report?.finishReasons ?? meter.finishReasons.compactMap(\.self) }

    func run(_ record: RequestRecord) async throws(AttemptFailure) -> Answer {
        let response = try await call()
        defer { response.close() }
        attempt.status = response.head.status
        attempt.firstByte = response.timings.firstByteAt.map { startedAt.duration(to: $0) }
        passedFields = response.head.fields.passedFields
        if response.head.status != 200 { passedFields = backend.redacted(passedFields) }
        record.passedFields = passedFields
        if response.head.status != 200 { return try await refusal(response) }
        return dispatch.request.streams ? try await stream(response, record) : try await whole(response)
    }

    /// Whether it is this attempt that answers the client; asked before the first byte, and true from then on.
    func commits() -> Bool { race?.claim(self) ?? true }

    /// Whether another attempt answers the client.
    @inline(never)
    private var isSuperseded: Bool { race?.winner.map { $0 !== self } ?? false }

    /// What the attempt used and what that costs, by the backend's report and by what was seen; see ``MeteredAnswer``.
    func charge() {
        var answer = meteredAnswer(attempt.duration, ending)
        if let counter = backend.counter, !answer.isReported {
            answer.counted = counter.count(dispatch.request.promptContents, transcript)
        }
        attempt.usage = answer.usage(by: backend.calibration)
        if answer.ending == .whole { backend.calibration.learn(from: attempt.usage, of: answer) }
        attempt.isCut = finishReasons.contains(.length)
        attempt.cost = backend.model.prices.cost(of: attempt.usage)
        if let incredible = answer.incredible, attempt.error.isEmpty { attempt.error = incredible }
    }

    /// What a stream has used so far.
    var usageSoFar: TokenUsage { meteredAnswer(.zero, .whole).usage(by: backend.calibration) }

    private func meteredAnswer(_ duration: Duration, _ ending: MeteredAnswer.Ending) -> MeteredAnswer {
        let (request, model) = (dispatch.request, backend.model)
        let each = request.outputTokensMax ?? model.outputTokensMax ?? model.contextWindow
        let (all, overflows) = each.multipliedReportingOverflow(by: request.generationCount)
        return MeteredAnswer(
            reported: report?.usage ?? meter.usage,
            inputBytes: request.inputBytes,
            imageTokens: request.imageTokens,
            contentBytes: (report?.contentBytes ?? brokenBytes) + meter.contentBytes,
            unreportedBytes: meter.unreportedBytes,
            choiceCount: request.generationCount,
            // A guess must not break a budget that the truth would have kept.
            outputTokensMax: request.endpoint == .embeddings
                ? 0 : min(overflows ? .max : all, allowance?.outputTokens ?? .max),
            ceilings: MeteredAnswer.Ceilings(
                inputBytes: request.inputBytes,
                imageTokens: request.imageTokens,
                outputTokensMax: overflows ? .max : all
            ),
            elapsed: (sentAt ?? startedAt).duration(to: startedAt.advanced(by: duration)),
            ending: ending
        )
    }

    private var ending: MeteredAnswer.Ending {
        switch attempt.outcome {
        case .completed where attempt.status == 200: .whole
        case .clientClosed where sentAt != nil && attempt.status <= 200,
            .superseded where sentAt != nil && attempt.status <= 200,
            .timedOut where sentAt != nil && attempt.status <= 200 && ranOutOfTime:
            .calledOff(showsProgress: dispatch.request.streams)
        default: .failed
        }
    }

    private func call() async throws(AttemptFailure) -> UpstreamResponse {
        let request = UpstreamRequest(
            origin: backend.origin,
            method: .post,
            path: backend.path(for: dispatch.request.endpoint),
            headerLines: backend.headerLines(adding: dispatch.fields, attempt.traceLines),
            body: dispatch.request.upstreamBody(
                model: backend.model.upstreamName,
                requestingUsage: dispatch.request.streams && dispatch.request.endpoint != .embeddings,
                outputTokensMax: allowance?.outputLimit.map { max($0 / dispatch.request.generationCount, 1) },
                limitKey: backend.outputLimitKey(for: dispatch.request.endpoint)
            ),
            transport: backend.transport,
            allowsResending: allowsResending
        )
        // A variable of its own: the relay's would be held over the wait.
        var sent = UpstreamSending()
        defer { sending = sent }
        do throws(UpstreamError) {
            return try await dispatch.worker.upstream.send(request, deadlines: deadlines(), sending: &sent)
        } catch {
            throw failure(error)
        }
    }

    /// How long the backend may take: a stream no longer than the model's own history makes likely.
    ///
    /// Whole answers are silent for as long as they are generated, which says nothing of others.
    private func deadlines() -> AttemptDeadlines {
        let limits = dispatch.policy.timeLimits
        var deadlines = AttemptDeadlines(
            connect: limits.connect,
            firstByte: limits.firstByte,
            betweenBytes: limits.betweenBytes,
            whole: min(dispatch.deadline, startedAt.advanced(by: limits.attempt))
        )
        guard dispatch.request.streams else { return deadlines }
        let usual = dispatch.policy.fleet.silenceMax(index)
        deadlines.firstByte = min(limits.firstByte, usual.firstToken)
        // Many send their head at once, and then work on the prompt.
        deadlines.betweenBytes = min(limits.betweenBytes, max(usual.firstToken, usual.betweenTokens))
        return deadlines
    }

    /// Tells the model's watchdog, and what hedging goes by, how long the attempt took to show anything.
    func tellLatency() {
        guard let sentAt else { return }
        let (fleet, now) = (dispatch.policy.fleet, startedAt.advanced(by: attempt.duration))
        if attempt.outcome == .superseded {
            let elapsed = sentAt.duration(to: now)
            fleet.observeSuperseded(index, after: elapsed, isStream: dispatch.request.streams)
        } else if dispatch.request.streams {
            tellSilence(since: sentAt, until: now)
        } else if dispatch.policy.hedging != nil, attempt.outcome == .completed, attempt.status == 200 {
            fleet.observeWholeAnswer(index, after: sentAt.duration(to: now))
        }
    }

    /// Tells how long a stream was silent; one that was given up, too.
    private func tellSilence(since sentAt: Instant, until now: Instant) {
        let isGivenUp = attempt.outcome == .timedOut || attempt.outcome == .cut
        if let first = silence.firstContentAt {
            dispatch.policy.fleet.observeSilence(
                index,
                firstToken: sentAt.duration(to: first),
                longestPause: silence.longestPause(until: isGivenUp ? now : nil)
            )
        } else if isGivenUp {
            dispatch.policy.fleet.observeSilence(index, firstToken: sentAt.duration(to: now), longestPause: nil)
        }
    }

    /// Reads what has come; false at the end.
    func read(_ response: UpstreamResponse, into bytes: inout [UInt8]) async throws(AttemptFailure) -> Bool {
        do throws(UpstreamError) {
            return try await response.read(into: &bytes)
        } catch {
            throw failure(error)
        }
    }

    /// Has `take` take what comes until it says `false`; false at the end.
    func forEachPiece(
        of response: UpstreamResponse,
        _ take: @escaping ([UInt8]) -> Bool
    ) async throws(AttemptFailure) -> Bool {
        do throws(UpstreamError) {
            return try await response.forEachPiece(take)
        } catch {
            throw failure(error)
        }
    }

    /// Tells a client that went away and a request that ran out of time from a backend that failed.
    ///
    /// Inlined, as it would return an error by way of each frame that waits; what it asks is not.
    @inline(__always)
    private func failure(_ error: UpstreamError) -> AttemptFailure {
        switch error {
        case .cancelled: return isSuperseded ? .superseded : .clientClosed
        case .wholeTimedOut where Instant.now >= dispatch.deadline:
            ranOutOfTime = true
            return .deadlinePassed
        default: return .transport(error)
        }
    }

    /// An error status: what the client has to mend is passed on as it is, anything else is a failure of the backend.
    private func refusal(_ response: UpstreamResponse) async throws(AttemptFailure) -> Answer {
        let status = response.head.status
        var body: [UInt8] = []
        while body.count < 1 << 20, try await read(response, into: &body) {}
        // Before anything is made of it: an excerpt might have most of a key, and be no longer known for it.
        body = backend.redacted(body)
        let error = backend.redacted(BackendError(status: status, body: body, jsonDepthMax: jsonDepthMax))
        let failure = error.failureClass(status: status)
        let isClients = failure == .badRequest || failure == .contentRefused
        // Beside a late attempt, which may still do, a refusal is nobody's answer; nor is it the rest of one.
        guard
            !isClients || attempt.isHedge || dispatch.resumption != nil
                || dispatch.policy.failures.remedy(for: failure).allowsAnotherAttempt
        else {
            return .whole(status: status, contentType: backend.redacted(response.contentType), body: body)
        }
        let after = RetryAfter.duration(in: response.head.fields, unixMilliseconds: WallClock.unixMilliseconds)
        throw .refused(status: status, error, retryAfter: after)
    }

    private func whole(_ response: UpstreamResponse) async throws(AttemptFailure) -> Answer {
        var body: [UInt8] = []
        do throws(AttemptFailure) {
            while try await read(response, into: &body) {
                guard body.count <= dispatch.policy.settings.upstream.responseBytesMax else {
                    throw .malformed("the answer is longer than upstream.response_bytes_max")
                }
            }
        } catch {
            // An answer was on its way: the text of it that came had been generated by then.
            brokenBytes = CompletionReport.contentBytes(ofCut: body)
            throw error
        }
        do throws(BackendError) {
            report = try CompletionReport(
                body,
                endpoint: dispatch.request.endpoint,
                jsonDepthMax: jsonDepthMax,
                transcript: Self.transcript(for: backend, of: dispatch, isGoneOnWith: false)
            )
        } catch {
            throw .refused(status: 200, backend.redacted(error), retryAfter: nil)
        }
        return .whole(status: 200, contentType: response.contentType, body: body)
    }
}
