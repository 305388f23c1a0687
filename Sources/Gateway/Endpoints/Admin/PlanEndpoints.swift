internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// Plans: the one in force, those before, and what came of them hour by hour.
enum PlanEndpoints {
    private static let document = Shape.anything
    private static let plan = Shape.record(
        "PlanEntry",
        [
            Shape.Member("number", .integer(1 ... .max), "Counts plans.", isRequired: true),
            Shape.Member("made_unix_ms", .unixMilliseconds, "When it was made.", isRequired: true),
            Shape.Member(
                "reason",
                .choice(PlanKeeper.Reason.allCases.map(\.rawValue)),
                "Why it was made then.",
                isRequired: true
            ),
        ]
    )
    private static let state = Shape.record(
        "PlanState",
        [
            Shape.Member(
                "mode",
                .choice(Settings.Planner.Mode.allCases.map(\.rawValue)),
                "What becomes of plans.",
                isRequired: true
            ),
            Shape.Member("plan", .nullable(document), "The plan in force: what it says, and what it was made from."),
            Shape.Member("failures", .integer(0 ... .max), "Plans that could not be made.", isRequired: true),
            Shape.Member("last_failure", .nullable(.text(scalarsMax: 4096)), "Why the last one could not."),
        ]
    )
    private static let hour = Shape.record(
        "PlannedHour",
        [
            Shape.Member("hour_unix_s", .integer(0 ... .max), "When the hour began.", isRequired: true),
            Shape.Member("group", .name, "The group.", isRequired: true),
            Shape.Member("tier", .name, "The tier.", isRequired: true),
            Shape.Member("plan", .integer(1 ... .max), "The plan that was in force last.", isRequired: true),
            Shape.Member("planned_share", .number(0...1), "What it wanted of the tier.", isRequired: true),
            Shape.Member("share", .nullable(.number(0...1)), "What came: `null` where nothing was answered."),
            Shape.Member("expected_requests", .number(0...1e18), "Of the group, foreseen.", isRequired: true),
            Shape.Member("requests", .integer(0 ... .max), "Of the group, answered by any tier.", isRequired: true),
        ]
    )

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/plan",
            summary: "Tells the plan in force, and what it was made from.",
            answer: state,
            respond: show
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/plan",
            summary: "Makes a plan now.",
            answer: state,
            respond: make
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/plan/hours",
            summary: "Holds what plans wanted of the last hours against what came.",
            query: [
                Shape.Member("hours", .integer(1...8784), "So many hours up to now; 48 if absent.")
            ],
            answer: .page("PlannedHour", of: hour),
            respond: hours
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/plans",
            summary: "Lists plans, latest first.",
            query: Shape.Member.ofPage,
            answer: .page("PlanEntry", of: plan),
            respond: list
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/plans/{plan}",
            summary: "Tells what a plan said, and what it was made from.",
            answer: document,
            respond: showOne
        ),
    ]

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        let report = call.service.planKeeper.report
        let number = call.service.quotas.quotas?.plan
        let row = try await call.stored { control throws(ControlError) -> PlanRow? in
            guard let number else { return nil }
            return try await control.plan(number)
        }
        return .json { writer in
            writer.object { object in
                object.member("mode", call.policy.settings.planner.mode.rawValue)
                object.key("plan")
                if let row { object.raw(Array(row.document.utf8)[...]) } else { object.null() }
                object.member("failures", report.failures)
                object.member("last_failure", report.lastFailure)
            }
        }
    }

    private static func make(_ call: Call) async throws(APIError) -> Reply {
        guard call.policy.plannedFleet != nil else {
            let reason =
                call.policy.settings.planner.mode == .off
                ? "`planner.mode` is off" : "there are not two tiers of different quality to choose from"
            throw .conflict("nothing_to_plan", "no plan can be made: \(reason)")
        }
        if let failure = await call.service.planNow() { throw .conflict("no_plan", "no plan can be made: \(failure)") }
        return try await show(call)
    }

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        let (limit, before) = call.page
        let rows = try await call.stored { control throws(ControlError) in
            try await control.plans(limit: limit, before: before)
        }
        return .page(rows, next: rows.count == limit ? rows.last.map { String($0.number) } : nil) { row, writer in
            writer.object { object in
                object.member("number", Int(row.number))
                object.member("made_unix_ms", Int(row.madeUnixMilliseconds))
                object.member("reason", row.reason)
            }
        }
    }

    private static func showOne(_ call: Call) async throws(APIError) -> Reply {
        guard let number = Int64(call.name) else { throw .missing("plan", call.name) }
        let row = try await call.stored { control throws(ControlError) in try await control.plan(number) }
        guard let row else { throw .missing("plan", call.name) }
        return .json(Array(row.document.utf8))
    }

    private static func hours(_ call: Call) async throws(APIError) -> Reply {
        let end = Int(call.now / 3_600_000) + 1
        let range = max(0, end - (call.query["hours"]?.integer ?? 48))..<end
        let (shares, demand) = try await call.stored { control throws(ControlError) in
            try await control.plannedHours(range)
        }
        let served = ServedShares(demand, call.policy.catalogue)
        return .page(shares) { planned, writer in
            let (share, requests) = served[planned.hour, planned.group, planned.tier]
            writer.object { object in
                object.member("hour_unix_s", planned.hour * 3600)
                object.member("group", planned.group)
                object.member("tier", planned.tier.rawValue)
                object.member("plan", Int(planned.plan))
                object.member("planned_share", planned.share)
                object.key("share")
                if let share { object.value(share) } else { object.null() }
                object.member("expected_requests", planned.expectedRequests)
                object.member("requests", requests)
            }
        }
    }
}

/// Who answered how much of what was asked, hour by hour.
struct ServedShares {
    private struct Place: Hashable {
        let hour: Int
        let group: String
    }

    private var counts: [Place: [Tier: Int]] = [:]

    /// Adds up demand by the tiers of the models that answered.
    init(_ rows: [DemandRow], _ catalogue: Catalogue) {
        for row in rows {
            guard let model = row.model.flatMap({ catalogue[$0] }) else { continue }
            counts[Place(hour: row.hour, group: row.group), default: [:]][model.tier, default: 0] += row.requests
        }
    }

    /// A tier's share of the requests of a group that were answered in an hour, and how many those were.
    subscript(hour: Int, group: String, tier: Tier) -> (share: Double?, requests: Int) {
        let tiers = counts[Place(hour: hour, group: group)] ?? [:]
        let sum = tiers.values.reduce(0, +)
        return (sum > 0 ? Double(tiers[tier] ?? 0) / Double(sum) : nil, sum)
    }
}
