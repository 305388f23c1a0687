internal import Configuration
internal import Domain
internal import HTTP
internal import Reactor
internal import Server
internal import Upstream
internal import Wire

extension Relay {
    /// Relays a stream up to its closing bytes, which are left for the caller to send once the request is settled.
    func stream(
        _ response: UpstreamResponse,
        _ record: RequestRecord
    ) async throws(AttemptFailure) -> Answer {
        guard response.contentType.starts(with: "text/event-stream".utf8) else {
            let type = String(decoding: response.contentType.prefix(64), as: UTF8.self)
            throw .malformed("the answer's content type is \"\(type)\", not an event stream's")
        }
        let limits = dispatch.policy.settings.upstream
        var parser = EventStreamParser(eventBytesMax: limits.eventBytesMax)
        var chunk: [UInt8] = []
        var pending = dispatch.preface
        do throws(AttemptFailure) {
            while true {
                chunk.removeAll(keepingCapacity: true)
                guard try await read(response, into: &chunk) else { break }
                let isDone = try consume(chunk, &parser, &pending)
                note(at: dispatch.worker.loop.now, record)
                if isDone {
                    response.finish()
                    return .stream(rest: pending, ending: meter.ending)
                }
                if meter.hasContent || pending.count > limits.heldBytesMax { try await send(&pending, record) }
            }
            // Some servers leave `[DONE]` out: the finish reasons tell whether the answer is whole.
            guard meter.isComplete else { throw .malformed("the stream ended before its answer did") }
            return .stream(rest: pending, ending: meter.ending)
        } catch {
            guard dispatch.exchange.hasStarted, error.allowsAnotherAttempt else { throw error }
            throw .brokenAfterCommitment(error.message)
        }
    }

    /// Takes in what has come: what the client is to see goes to `pending`.
    ///
    /// - Returns: Whether the backend says that the stream is over.
    private func consume(
        _ chunk: [UInt8],
        _ parser: inout EventStreamParser,
        _ pending: inout [UInt8]
    ) throws(AttemptFailure) -> Bool {
        parser.append(chunk[...])
        while let event = try next(&parser) {
            switch meter.consume(event) {
            case .forward: pending += event.raw
            case .rewrite(let bytes): pending += bytes
            case .drop: break
            case .done: return true
            case .failed(let error): throw .refused(status: 200, error, retryAfter: nil)
            }
        }
        return false
    }

    private func next(_ parser: inout EventStreamParser) throws(AttemptFailure) -> ServerSentEvent? {
        do throws(EventStreamError) {
            return try parser.next()
        } catch {
            throw .malformed("\(error)")
        }
    }

    /// Notes when the first and each further piece of content came.
    private func note(at now: Instant, _ record: RequestRecord) {
        guard meter.hasContent else { return }
        if let last = lastPieceAt {
            record.pauses?.observe(nanoseconds: Int64(clamping: now.nanoseconds &- last.nanoseconds))
        } else {
            record.firstTokenAt = now
            record.pauses = .pause
        }
        lastPieceAt = now
    }

    /// Sends what is pending, after the head if this is the first of it.
    private func send(_ pending: inout [UInt8], _ record: RequestRecord) async throws(AttemptFailure) {
        guard !pending.isEmpty else { return }
        do throws(IOError) {
            if dispatch.exchange.hasStarted {
                try await dispatch.exchange.write(pending)
            } else {
                try await dispatch.exchange.startStream(status: 200, fields: record.streamFields, first: pending[...])
            }
        } catch {
            throw .clientClosed
        }
        record.keepStreamed(pending, bytesMax: dispatch.policy.settings.cache.bytesMax)
        pending.removeAll(keepingCapacity: true)
    }
}
