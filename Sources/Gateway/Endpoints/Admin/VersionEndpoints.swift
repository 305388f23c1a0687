internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Wire

/// Configurations before they are in force, and after: tried on the latest requests, and put in force again.
enum VersionEndpoints {
    static let all: [Endpoint] = [
        Endpoint(
            method: .post,
            path: "/admin/v1/config/dry-run",
            summary: "Tells what a configuration would have changed about the latest requests; nothing changes.",
            query: [Shape.Member("requests", .integer(0...5000), "At most so many of the latest; 500 if absent.")],
            body: .record(
                "Trial",
                [
                    Shape.Member("settings", .anything, "As in switchyard.yaml; goes with a registry."),
                    Shape.Member("registry", .anything, "As in models.yaml; without it the files as they are now."),
                    Shape.Member("version", .integer(1 ... .max), "A version instead."),
                ]
            ),
            answer: .record(
                "TrialResult",
                [
                    Shape.Member(
                        "needs_restart",
                        .nullable(.text(scalarsMax: 256)),
                        "A setting that only a restart can change; an import of it would be refused.",
                        isRequired: true
                    ),
                    Shape.Member(
                        "changes",
                        .list(change, countMax: ConfigurationDifference.changesMax),
                        "What differs."
                    ),
                    Shape.Member("changes_left_out", .integer(0 ... .max), "How much more differs."),
                ] + TrialReport.shape
            ),
            respond: tryOut
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/config/versions",
            summary: "Lists configurations that were in force, latest first: the latest is in force.",
            query: Shape.Member.ofPage,
            answer: .page("Version", of: version),
            respond: list
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/config/versions/{version}",
            summary: "Shows a configuration that was in force, as it is exported.",
            answer: .anything,
            respond: show
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/config/versions/{version}/rollback",
            summary: "Puts a configuration in force again, as an import does.",
            answer: .record(
                "Rollback",
                [
                    Shape.Member("rolled_back_to", .integer(1 ... .max), "The version.", isRequired: true),
                    Shape.Member("version", .integer(1 ... .max), "What it is in force as."),
                ]
            ),
            respond: rollBack
        ),
    ]

    private static let change = Shape.record(
        "ConfigurationChange",
        [
            Shape.Member("path", .text(scalarsMax: 4096), "Where.", isRequired: true),
            Shape.Member("before", .anything, "What it says there, in force.", isRequired: true),
            Shape.Member("after", .anything, "What the other says.", isRequired: true),
        ]
    )
    private static let version = Shape.record(
        "Version",
        [
            Shape.Member("number", .integer(1 ... .max), "Counts versions.", isRequired: true),
            Shape.Member("taken_unix_ms", .unixMilliseconds, "When it was put in force.", isRequired: true),
            Shape.Member("actor", .text(scalarsMax: 256), "By whom.", isRequired: true),
            Shape.Member(
                "action",
                .choice(ConfigurationVersion.Action.allCases.map(\.rawValue)),
                "How.",
                isRequired: true
            ),
        ]
    )

    private static func tryOut(_ call: Call) async throws(APIError) -> Reply {
        let source = try await source(call)
        let query = RequestQuery(limit: call.query["requests"]?.integer ?? 500)
        let rows = try await call.service.administration.ask { reader throws(LedgerError) in
            try reader.requests(query)
        }
        switch await call.service.tryOut(source, on: rows) {
        case .failure(let problem): throw .invalidRequest(problem.description, param: nil)
        case .success(let tried):
            return .json { writer in
                writer.object { object in
                    object.member("needs_restart", tried.needsRestart)
                    tried.difference.write(to: &object)
                    tried.report.write(to: &object)
                }
            }
        }
    }

    private static func source(_ call: Call) async throws(APIError) -> GatewayService.TrialSource {
        let (number, hasRegistry) = (call.body["version"]?.integer, call.body["registry"] != nil)
        guard number == nil || !hasRegistry else {
            throw .invalidRequest("Give a `version` or a `registry`, not both.", param: "version")
        }
        if let number {
            return .document(
                try await call.stored { control throws(ControlError) in
                    try await control.version(Int64(number)).document
                }
            )
        }
        guard hasRegistry || call.body["settings"] == nil else {
            throw .invalidRequest("`settings` go with a `registry`: send all of an export.", param: "registry")
        }
        return hasRegistry ? .document(ConfigurationEndpoints.document(call)) : .files
    }

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        let (limit, before) = call.page
        let versions = try await call.stored { control throws(ControlError) in
            try await control.versions(limit: limit, before: before)
        }
        let next = versions.count == limit ? versions.last.map { "\($0.number)" } : nil
        return .page(versions, next: next) { version, writer in
            writer.object { object in
                object.member("number", Int(version.number))
                object.member("taken_unix_ms", Int(version.takenUnixMilliseconds))
                object.member("actor", version.actor)
                object.member("action", version.action.rawValue)
            }
        }
    }

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        .json(Array(try await version(call).document.utf8))
    }

    private static func rollBack(_ call: Call) async throws(APIError) -> Reply {
        let version = try await version(call)
        let number = try await ConfigurationEndpoints.putInForce(version.document, as: .rollback, call)
        return .json { writer in
            writer.object { object in
                object.member("rolled_back_to", Int(version.number))
                if let number { object.member("version", Int(number)) }
            }
        }
    }

    private static func version(_ call: Call) async throws(APIError) -> ConfigurationVersion {
        guard let number = Int64(call.name) else { throw .missing("version", call.name) }
        return try await call.stored { control throws(ControlError) in try await control.version(number) }
    }
}
