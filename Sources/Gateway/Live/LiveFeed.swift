internal import HTTP
internal import Reactor
internal import Server
internal import Wire

/// `GET /admin/v1/live`: the gateway as it is, once a second, and the requests that ended, as server-sent events.
///
/// - `state`: the totals of ``MetricsPage/writeLive(to:policy:)``.
/// - `requests`: `{"data": [REQUEST, …], "missed": 0}`, at most ``RecentRequests/kept`` a second, where there were any.
///
/// It ends when the client leaves or the gateway drains.
struct LiveFeed: Sendable {
    private let service: GatewayService
    private let watch: RecentRequests.Watch

    /// Each costs the first loop a part of a millisecond a second.
    private static let watchersMax = 16
    private static let interval = Duration.seconds(1)

    static let endpoints = [
        Endpoint(
            method: .get,
            path: "/admin/v1/live",
            summary: "Tells the gateway's state each second, and the requests that ended, as server-sent events.",
            answer: nil,
            respond: begin
        )
    ]

    private static func begin(_ call: Call) async throws(APIError) -> Reply {
        guard let watch = call.service.recent.watch(countMax: watchersMax) else {
            throw .unavailable("\(watchersMax) watch already: close one of their pages")
        }
        var fields: [UInt8] = []
        fields.appendField("content-type", "text/event-stream")
        fields.appendField("cache-control", "no-store")
        return Reply(status: 200, fields: fields, body: [], feed: LiveFeed(service: call.service, watch: watch))
    }

    /// Sends events until the client leaves or the gateway drains.
    func send(to exchange: Exchange) async throws(IOError) {
        var place = service.recent.place
        while service.isReady {
            let news = service.recent.news(since: place)
            place = news.place
            try await exchange.write(Self.event("state", state) + (news.rows.isEmpty ? [] : Self.event(news)))
            try await exchange.loop.sleep(until: .now.advanced(by: Self.interval))
        }
    }

    private func state(to writer: inout JSONWriter) {
        writer.object { service.metricsPage.writeLive(to: &$0, policy: service.policy) }
    }

    private static func event(_ news: RecentRequests.News) -> [UInt8] {
        event("requests") { writer in
            writer.object { object in
                object.array("data") { list in
                    for row in news.rows { list.object { row.writeMembers(to: &$0) } }
                }
                object.member("missed", news.missed)
            }
        }
    }

    private static func event(_ name: StaticString, _ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var event: [UInt8] = []
        event.append("event: ")
        event.append(name)
        event.append("\ndata: ")
        var writer = JSONWriter()
        write(&writer)
        event.append(contentsOf: writer.bytes)
        event.append("\n\n")
        return event
    }
}
