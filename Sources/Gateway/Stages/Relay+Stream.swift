internal import Routing
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
            let type = String(decoding: backend.redacted(response.contentType).prefix(64), as: UTF8.self)
            throw .malformed("the answer's content type is \"\(type)\", not an event stream's")
        }
        let passage = StreamPassage(of: self, response, record)
        do throws(AttemptFailure) {
            while try await forEachPiece(of: response, passage.take) {
                if let failure = passage.failure { throw failure }
                // What the backend still writes is nobody's: its connection is closed.
                if passage.isCut { return .stream(rest: passage.pending, ending: meter.ending) }
                guard !passage.isDone else {
                    response.finish()
                    return .stream(rest: passage.pending, ending: meter.ending)
                }
                try await passage.send()
            }
            // Some servers leave `[DONE]` out: the finish reasons tell whether the answer is whole.
            guard meter.isComplete else { throw .malformed("the stream ended before its answer did") }
            return .stream(rest: passage.pending, ending: meter.ending)
        } catch {
            let isOfBackend = ![.clientClosed, .deadlinePassed].contains(error.failureClass)
            // What the client has seen may be another attempt's.
            guard dispatch.exchange.hasStarted, commits(), isOfBackend else { throw error }
            dispatch.keep(self, unsent: passage.pending)
            throw .brokenAfterCommitment(error.message)
        }
    }
}
