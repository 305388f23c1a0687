internal import Domain
internal import HTTP
internal import Ledger
internal import Reactor
internal import Routing
internal import Wire

/// What happened: requests, reports, statistics, and who changed what.
enum LedgerEndpoints {
    private static let since = Shape.Member("since", .unixMilliseconds, "From this Unix millisecond on.")
    private static let until = Shape.Member("until", .unixMilliseconds, "Before this Unix millisecond.")

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/requests",
            summary: "Lists requests, latest first.",
            query: [
                since, until,
                Shape.Member("model", .name, "Those that this model answered."),
                Shape.Member("key", .name, "Those of this key."),
                Shape.Member("organisation", .name, "Those of this organisation."),
                Shape.Member("outcome", .choice(Outcome.allCases.map(\.rawValue)), "Those that ended so."),
                Shape.Member("limit", .integer(1...1000), "At most so many; 100 if absent."),
                Shape.Member("cursor", .requestID, "What the page before said."),
            ],
            answer: .page("Request", of: RequestShapes.request),
            respond: list
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/requests/{request}",
            summary: "Tells all that is known of a request.",
            answer: RequestShapes.entry,
            respond: show
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/report",
            summary: "Sums requests up by what they have in common; dry runs do not count.",
            query: [
                since, until,
                Shape.Member(
                    "by",
                    .list(.choice(Grouping.allCases.map(\.rawValue)), countMax: Grouping.allCases.count),
                    "What to have a line for each of; one line for everything if absent."
                ),
            ],
            answer: ReportShapes.report,
            respond: report
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/audit",
            summary: "Lists what administration changed, latest first.",
            query: Shape.Member.ofPage,
            answer: .page("Audit", of: change),
            respond: audit
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/statistics",
            summary: "Tells what was measured of each model.",
            answer: .record(
                "Statistics",
                [
                    Shape.Member(
                        "model_stats",
                        .map(statistics, countMax: .max),
                        "By the models' names.",
                        isRequired: true
                    )
                ]
            ),
            respond: showStatistics
        ),
    ]

    private static let change = Shape.record(
        "Change",
        [
            Shape.Member("number", .integer(1 ... .max), "Its place in the audit.", isRequired: true),
            Shape.Member("at_unix_ms", .unixMilliseconds, "When.", isRequired: true),
            Shape.Member("actor", .text(scalarsMax: 256), "Who.", isRequired: true),
            Shape.Member("action", .text(scalarsMax: 256), "What was done.", isRequired: true),
            Shape.Member("kind", .text(scalarsMax: 256), "To what.", isRequired: true),
            Shape.Member("subject", .text(scalarsMax: 512), "Its name.", isRequired: true),
            Shape.Member("before", .anything, "What it was before.", isRequired: true),
            Shape.Member("after", .anything, "What it was after that.", isRequired: true),
        ]
    )

    private static let statistics = Shape.record(
        "ModelStatistics",
        [
            Shape.Member("available", .flag, "Whether it may be sent requests.", isRequired: true),
            Shape.Member("active_requests", .integer(0 ... .max), "Requests under way.", isRequired: true),
            Shape.Member("samples", .integer(0 ... .max), "Calls in the window.", isRequired: true),
            Shape.Member("avg_latency_ms", .number(0...1e12), "Mean time of its answers.", isRequired: true),
            Shape.Member("avg_cost", .number(0...1e12), "Mean cost of a call, USD.", isRequired: true),
            Shape.Member("success_rate", .number(0...1), "The share that succeeded.", isRequired: true),
            Shape.Member("circuit", .choice(["closed", "open", "half_open"]), "Its circuit.", isRequired: true),
            Shape.Member("circuit_openings", .integer(0 ... .max), "How often that has opened.", isRequired: true),
        ]
    )

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        let limit = call.query["limit"]?.integer ?? 100
        var query = RequestQuery(limit: limit)
        query.since = call.query["since"]?.integer.map { Int64($0) }
        query.until = call.query["until"]?.integer.map { Int64($0) }
        query.model = call.query["model"]?.text.map { ModelID($0) }
        query.key = call.query["key"]?.text.map(KeyID.init(rawValue:))
        query.organisation = call.query["organisation"]?.text.map(TenantID.init(rawValue:))
        query.outcome = call.query["outcome"]?.text.flatMap(Outcome.init(rawValue:))
        query.before = call.query["cursor"]?.text.flatMap { RequestID($0) }
        let asked = query
        let rows = try await call.service.administration.ask { reader throws(LedgerError) in
            try reader.requests(asked)
        }
        let next = rows.count == limit ? rows.last?.id.description : nil
        return .page(rows, next: next) { row, writer in writer.object { row.writeMembers(to: &$0) } }
    }

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        guard let id = RequestID(call.name) else { throw .missing("request", call.name) }
        let entry = try await call.service.administration.ask { reader throws(LedgerError) in
            try reader.request(id: id)
        }
        guard let entry else { throw .missing("request", call.name) }
        let feedback = try await call.stored { control throws(ControlError) in try await control.feedback(on: id) }
        return .json { entry.write(to: &$0, feedback: feedback) }
    }

    private static func report(_ call: Call) async throws(APIError) -> Reply {
        let scope = ReportScope(
            since: call.query["since"]?.integer.map { Int64($0) },
            until: call.query["until"]?.integer.map { Int64($0) }
        )
        let groupings = (call.query["by"]?.elements ?? []).compactMap(\.text).compactMap(Grouping.init(rawValue:))
        let rows = try await call.service.administration.ask { reader throws(LedgerError) in
            try reader.report(by: groupings, in: scope)
        }
        return .json { writer in
            writer.object { object in
                object.array("data") { list in for row in rows { row.write(to: &list, groupings: groupings) } }
            }
        }
    }

    private static func audit(_ call: Call) async throws(APIError) -> Reply {
        let (limit, before) = call.page
        let entries = try await call.stored { control throws(ControlError) in
            try await control.audit(limit: limit, before: before)
        }
        let next = entries.count == limit ? entries.last.map { "\($0.number)" } : nil
        return .page(entries, next: next) { $0.write(to: &$1) }
    }

    /// S3-16: what was measured of each model.
    private static func showStatistics(_ call: Call) async throws(APIError) -> Reply {
        .json { writer in
            writer.object { writer in
                writer.object("model_stats") { writer in
                    for model in call.policy.fleet.statistics(now: Instant.now.nanoseconds) {
                        writer.key(named: model.id.rawValue)
                        model.write(to: &writer)
                    }
                }
            }
        }
    }
}

extension AuditEntry {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("number", Int(number))
            object.member("at_unix_ms", Int(atUnixMilliseconds))
            object.member("actor", actor)
            object.member("action", action)
            object.member("kind", kind)
            object.member("subject", subject)
            object.member("before", json: before)
            object.member("after", json: after)
        }
    }
}

extension ModelStatistics {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("available", availability == .available)
            writer.member("active_requests", active)
            writer.member("samples", samples)
            writer.member("avg_latency_ms", (meanLatency?.inSeconds ?? 0) * 1000)
            writer.member("avg_cost", meanCost?.dollars ?? 0)
            writer.member("success_rate", successRate ?? 0)
            writer.member("circuit", circuit.word)
            writer.member("circuit_openings", openedCount)
        }
    }
}

extension JSONWriter {
    /// Writes a member that is JSON already, or `null` for `nil`.
    fileprivate mutating func member(_ key: StaticString, json: String?) {
        self.key(key)
        if let json { raw(Array(json.utf8)[...]) } else { null() }
    }
}
