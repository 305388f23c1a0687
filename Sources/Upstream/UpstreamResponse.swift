public import HTTP
internal import Reactor

/// A backend's answer: its head at once, its body as it comes; confined to its loop.
///
/// Nothing is read from the backend but when ``read(into:)`` asks, so a slow reader slows the backend down. Letting go
/// of a response, or ``close()``, ends it: the connection closes in the same turn of the loop, unless the answer was
/// complete.
public final class UpstreamResponse {
    /// What carries the answer.
    enum Source {
        case http1(HTTP1Exchange)
        case libcurl(CurlTransfer)
    }

    /// The final response's head; informational ones (1xx) are skipped.
    public let head: ResponseHead
    private let source: Source
    private let loop: EventLoop
    private let metrics: UpstreamMetrics

    init(_ source: Source, metrics: UpstreamMetrics, on loop: EventLoop) {
        self.source = source
        self.metrics = metrics
        self.loop = loop
        head =
            switch source {
            case .http1(let exchange): exchange.head
            case .libcurl(let transfer): transfer.head
            }
    }

    deinit {
        if loop.isCurrent {
            source.close()
        } else {
            LoopBound(source, to: loop).run { $0.close() }
        }
    }

    /// What the attempt took so far.
    public var timings: UpstreamTimings {
        switch source {
        case .http1(let exchange): exchange.timings
        case .libcurl(let transfer): transfer.timings
        }
    }

    /// Appends the bytes of the body that have come, decoded, at most 64 KiB or so at a time; waits for the first.
    ///
    /// - Returns: `false` at the body's end, with nothing appended.
    /// - Throws: ``UpstreamError``: stalled, timed out, cut, malformed, too large, cancelled; the connection is closed.
    public func read(into buffer: inout [UInt8]) async throws(UpstreamError) -> Bool {
        do throws(UpstreamError) {
            switch source {
            case .http1(let exchange): return try await exchange.read(into: &buffer)
            case .libcurl(let transfer): return try await transfer.read(into: &buffer)
            }
        } catch {
            metrics.failed(error)
            throw error
        }
    }

    /// Hands `take` the bytes of the body as they come, decoded, until it says `false`.
    ///
    /// Unlike a task that waits for each read, `take` is called where the bytes come in, between the loop's tasks; so it
    /// must not take long. A stream of small pieces takes a third less CPU so.
    ///
    /// - Returns: `false` at the body's end, `true` where `take` wants no more for now.
    /// - Throws: As ``read(into:)``.
    public func forEachPiece(_ take: @escaping ([UInt8]) -> Bool) async throws(UpstreamError) -> Bool {
        do throws(UpstreamError) {
            switch source {
            case .http1(let exchange): return try await exchange.forEachPiece(take)
            case .libcurl(let transfer):
                var piece: [UInt8] = []
                while try await transfer.read(into: &piece) {
                    guard take(piece) else { return true }
                    piece.removeAll(keepingCapacity: true)
                }
                return false
            }
        } catch {
            metrics.failed(error)
            throw error
        }
    }

    /// From here on, waits no longer than this for the next byte of the body.
    public func limitSilence(to duration: Duration) {
        switch source {
        case .http1(let exchange): exchange.limitSilence(to: duration)
        case .libcurl(let transfer): transfer.limitSilence(to: duration)
        }
    }

    /// Ends the answer: what has not come will not.
    public func close() { source.close() }

    /// Lets go of an answer that says all it has to before its end, as `data: [DONE]` does; read no more of it.
    ///
    /// The last chunk often comes a moment after that. It is waited for, without the caller, so that the connection can
    /// carry another request; one whose end does not come soon is closed.
    public func finish() {
        switch source {
        case .http1(let exchange): exchange.finish()
        case .libcurl(let transfer): transfer.finish()
        }
    }
}

extension UpstreamResponse.Source {
    func close() {
        switch self {
        case .http1(let exchange): exchange.close()
        case .libcurl(let transfer): transfer.close()
        }
    }
}
