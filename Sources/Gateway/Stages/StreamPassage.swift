internal import Budgets
internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Routing
internal import Server
internal import Upstream
internal import Wire

/// The way of one stream's pieces from the backend to the client, without a wait.
///
/// What can be sent at once is; where there is something to wait for (a head to be sent, a full socket, the end), the
/// relay's task takes over.
final class StreamPassage {
    /// What the client is to see and has not been sent.
    private(set) var pending: [UInt8]
    /// Whether the backend has said that the stream is over.
    private(set) var isDone = false
    /// Whether the gateway has ended it, because a budget pays for no more.
    private(set) var isCut = false
    /// Why the stream can't go on.
    private(set) var failure: AttemptFailure?

    private let relay: Relay
    private let response: UpstreamResponse
    private let record: RequestRecord
    private var parser: EventStreamParser

    private var exchange: Exchange { relay.dispatch.exchange }
    private var policy: Policy { relay.dispatch.policy }

    init(of relay: Relay, _ response: UpstreamResponse, _ record: RequestRecord) {
        self.relay = relay
        self.response = response
        self.record = record
        pending = relay.dispatch.resumption?.preface(by: relay.backend.model) ?? relay.dispatch.preface
        parser = EventStreamParser(eventBytesMax: relay.dispatch.policy.settings.upstream.eventBytesMax)
    }

    /// Takes in a piece and sends on what the client is to see of it; false where the relay's task has to take over.
    func take(_ piece: [UInt8]) -> Bool {
        do throws(AttemptFailure) {
            isDone = try consume(piece)
            let isCommitted = isCommitted
            guard !isCommitted || relay.commits() else { throw .superseded }
            note(at: relay.dispatch.worker.loop.now)
            guard !isDone, !isCut else { return false }
            return try isCommitted ? sendAtOnce() : true
        } catch {
            failure = error
            return false
        }
    }

    /// Whether enough has come for the client to see it: content, or, where it is checked first, more than is held back.
    private var isCommitted: Bool {
        if let held = relay.dispatch.cascade?.heldBytesMax, !exchange.hasStarted { return pending.count > held }
        return relay.meter.hasContent || pending.count > policy.settings.upstream.heldBytesMax
    }

    /// Sends what ``take(_:)`` could not send at once, after the head if this is the first of it.
    func send() async throws(AttemptFailure) {
        do throws(IOError) {
            guard !exchange.hasStarted else { return try await exchange.drain() }
            try await exchange.startStream(status: 200, fields: record.streamFields, first: pending[...])
        } catch {
            throw .clientClosed
        }
        letGoOfPending()
    }

    /// Sends what is pending as far as there is room for it; whether that was all.
    private func sendAtOnce() throws(AttemptFailure) -> Bool {
        guard !pending.isEmpty else { return true }
        guard exchange.hasStarted else { return false }
        defer { letGoOfPending() }
        do throws(IOError) {
            return try exchange.writeAtOnce(pending)
        } catch {
            throw .clientClosed
        }
    }

    private func letGoOfPending() {
        record.keepStreamed(pending, bytesMax: policy.settings.cache.bytesMax)
        pending.removeAll(keepingCapacity: true)
    }

    /// Reads the events of a piece: what the client is to see goes to ``pending``.
    ///
    /// - Returns: Whether the backend says that the stream is over.
    private func consume(_ piece: [UInt8]) throws(AttemptFailure) -> Bool {
        parser.append(piece[...])
        while let event = try nextEvent() {
            switch relay.meter.consume(event) {
            case .forward: pending += event.raw
            case .rewrite(let bytes): pending += bytes
            case .drop: break
            case .done: return true
            case .failed(let error):
                throw .refused(status: 200, relay.backend.redacted(error), retryAfter: nil)
            }
            cutWhereUnpaid()
            if isCut { return false }
        }
        return false
    }

    /// Makes sure that what has come is paid for; where it is not, ends the stream for the client.
    private func cutWhereUnpaid() {
        // No text has more tokens than bytes, so most events need no closer look.
        guard let allowance = relay.allowance,
            relay.meter.usage != nil || relay.meter.contentBytes >= allowance.tokensToAskAt
        else { return }
        do throws(Shortfall) {
            guard try allowance.cover(relay.usageSoFar.output) else { return }
            // Where the journal must not be behind, it asked well before those tokens come: the tick is soon enough.
            relay.dispatch.worker.holds.add(record, now: relay.dispatch.worker.loop.now)
        } catch {
            pending += relay.meter.truncate(because: error.explanation, usage: relay.usageSoFar)
            isCut = true
        }
    }

    private func nextEvent() throws(AttemptFailure) -> ServerSentEvent? {
        do throws(EventStreamError) {
            return try parser.next()
        } catch {
            throw .malformed("\(error)")
        }
    }

    /// Notes when the first and each further piece of content came.
    private func note(at now: Instant) {
        guard relay.meter.hasContent else { return }
        if let pause = relay.silence.end(at: now) {
            record.pauses?.observe(nanoseconds: pause.nanoseconds)
        } else {
            // Unless another model has begun the answer, or it is held back to be checked.
            if relay.dispatch.cascade?.heldBytesMax == nil || exchange.hasStarted {
                record.firstTokenAt = record.firstTokenAt ?? now
            }
            record.pauses = record.pauses ?? .pause
            // From here on it is generating, which models do at a steadier pace than they begin.
            let usual = policy.fleet.silenceMax(relay.index).betweenTokens
            response.limitSilence(to: min(usual, policy.timeLimits.betweenBytes))
        }
    }
}
