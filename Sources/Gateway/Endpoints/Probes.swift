internal import HTTP

extension GatewayService {
    /// The probes of both listeners: alive (`/healthz`), taking requests (`/readyz`), which one (`/version`).
    func probe(_ path: String) -> Reply? {
        switch path {
        case "/healthz": return .text("ok\n")
        case "/readyz": return isReady ? .text("ready\n") : .text("draining\n", status: 503)
        case "/version":
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("name", "switchyard")
                writer.member("version", version)
            }
            return .json(writer.bytes)
        default: return nil
        }
    }

    /// `/metrics` in Prometheus's text format.
    func metricsReply() -> Reply { .text(metricsPage.text, type: "text/plain; version=0.0.4; charset=utf-8") }
}
