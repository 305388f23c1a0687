internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Logging
internal import Reactor
internal import Upstream

extension GatewayService {
    /// How long a collector may take.
    private static let limit = Duration.seconds(10)

    /// Exports traces again and again, until cancelled.
    func exportTraces() async {
        var wasRefused = false
        while true {
            do {
                try await Task.sleep(for: .seconds(policy.settings.tracing.intervalSeconds))
            } catch {
                return
            }
            let problem = await exportWaitingTraces()
            if let problem, !wasRefused { log.warning("traces cannot be exported: \(problem)") }
            wasRefused = problem != nil
        }
    }

    /// Exports what waits, and returns why not all of it arrived, if so.
    func exportWaitingTraces() async -> String? {
        while traces.waiting > 0 {
            if let problem = await exportBatch() { return problem }
        }
        return nil
    }

    /// Exports a batch, and returns why it did not arrive, if so.
    private func exportBatch() async -> String? {
        let batch = traces.take()
        guard let url = policy.settings.tracing.url else {
            traces.drop(batch.count)
            return nil
        }
        let problem: GridError
        switch await send(Trace.export(batch, version: version), to: url) {
        case .success:
            traces.settle(exported: batch.count)
            return nil
        case .failure(let error): problem = error
        }
        // What a collector does not understand it will not understand the next time: OTLP, "Failures".
        if case .refused(let status) = problem, ![429, 502, 503, 504].contains(status) {
            traces.drop(batch.count)
        } else {
            traces.putBack(batch)
        }
        return "\(problem)"
    }

    private func send(_ body: [UInt8], to url: String) async -> Result<[UInt8], GridError> {
        do throws(UpstreamError) {
            let (origin, path) = try Origin.parse(baseURL: url)
            var lines = Array("host: \(origin.authority)\r\ncontent-type: application/json\r\n".utf8)
            lines +=
                policy.settings.tracing.headersVariable.flatMap { policy.configuration.secret(in: $0) }?.headerLines
                ?? []
            let request = UpstreamRequest(
                origin: origin,
                method: .post,
                path: path.isEmpty ? "/v1/traces" : path,
                headerLines: lines,
                body: body
            )
            return await answer(to: request, within: Self.limit)
        } catch {
            return .failure(.upstream(error))
        }
    }
}

extension Secret {
    /// Header lines out of `name=value,name=value`: the form of OTEL_EXPORTER_OTLP_HEADERS; a pair that is none is left out.
    fileprivate var headerLines: [UInt8] {
        reveal().split(separator: ",").reduce(into: []) { lines, pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.filter { !$0.isNewline } }
            guard parts.count == 2, let value = parts[1].percentDecoded, !value.contains(where: \.isNewline) else {
                return
            }
            lines.append(contentsOf: "\(parts[0].filter { $0 != " " }.lowercased()): \(value)\r\n".utf8)
        }
    }
}

extension RequestRecord {
    /// The trace that the request is part of; `nil` where there is none, and none is wanted.
    func traceContext(_ fields: HeaderFields, _ settings: Settings.Tracing) -> TraceContext? {
        TraceContext(fields) ?? (settings.url == nil ? nil : TraceContext(beginningWith: id, share: settings.share))
    }
}
