internal import Budgets
internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// Latency budgets: the share of requests that must be answered in time.
enum LatencyBudgetEndpoints {
    private static let limit = Shape.number(1...86_400_000)
    private static let share = Shape.number(0.01...0.9999)
    private static let terms: [Shape.Member] = [
        Shape.Member("limit_ms", limit, "Milliseconds that an answer may take.", isRequired: true),
        Shape.Member("share", share, "The share of answers that must keep it.", isRequired: true),
    ]
    private static let budget = Shape.record(
        "LatencyBudget",
        BudgetEndpoints.scope + terms + [
            Shape.Member("within", .integer(0 ... .max), "Answers of the window that kept it.", isRequired: true),
            Shape.Member("over", .integer(0 ... .max), "Answers of the window that did not.", isRequired: true),
            Shape.Member("exhausted", .flag, "Whether one more slow answer breaks the share.", isRequired: true),
            .origin,
        ]
    )

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/latency_budgets",
            summary: "Lists latency budgets with the answers of their windows.",
            answer: .page("LatencyBudget", of: budget),
            respond: list
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/latency_budgets",
            summary: "Makes a latency budget.",
            body: .record("LatencyBudgetOrder", BudgetEndpoints.scope + terms),
            status: 201,
            answer: budget,
            respond: create
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/latency_budgets/{budget}",
            summary: "Tells about a latency budget.",
            answer: budget,
            respond: show
        ),
        Endpoint(
            method: .patch,
            path: "/admin/v1/latency_budgets/{budget}",
            summary: "Changes a latency budget's limit or share, at once.",
            body: .record(
                "LatencyBudgetChange",
                [
                    Shape.Member("limit_ms", limit, "Milliseconds that an answer may take."),
                    Shape.Member("share", share, "The share of answers that must keep it."),
                ]
            ),
            answer: budget,
            respond: update
        ),
        Endpoint(
            method: .delete,
            path: "/admin/v1/latency_budgets/{budget}",
            summary: "Deletes a latency budget.",
            answer: .deletion,
            respond: delete
        ),
    ]

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        let snapshot = call.service.spending.book.snapshot(now: call.now, holdsMax: 0)
        return .page(snapshot.latencyBudgets) { $0.write(to: &$1, origin: call.policy.origin(of: $0.budget)) }
    }

    private static func show(_ call: Call) async throws(APIError) -> Reply { try reply(call.name, call) }

    private static func reply(_ id: String, _ call: Call, status: Int = 200) throws(APIError) -> Reply {
        let snapshot = call.service.spending.book.snapshot(now: call.now, holdsMax: 0)
        guard let found = snapshot.latencyBudgets.first(where: { $0.budget.id == id }) else {
            throw .missing("latency budget", id)
        }
        let origin = call.service.policy.origin(of: found.budget)
        return .json(status: status) { found.write(to: &$0, origin: origin) }
    }

    private static func create(_ call: Call) async throws(APIError) -> Reply {
        let made = try await call.create { policy throws(APIError) in
            let (scope, window) = try call.body.scopeAndWindow(policy)
            guard window != .request else {
                throw .invalidRequest("A share needs more than one request.", param: "window")
            }
            let id = call.body["id"]?.text ?? ""
            try policy.checkNewBudget(id)
            return LatencyBudget(
                id: id,
                scope: scope,
                limit: duration(call.body["limit_ms"]) ?? .seconds(1),
                share: call.body["share"]?.number ?? 1,
                window: window
            )
        }
        return try reply(made.id, call, status: 201)
    }

    private static func update(_ call: Call) async throws(APIError) -> Reply {
        let changed: LatencyBudget = try await call.update { _, budget in
            budget = LatencyBudget(
                id: budget.id,
                scope: budget.scope,
                limit: duration(call.body["limit_ms"]) ?? budget.limit,
                share: call.body["share"]?.number ?? budget.share,
                window: budget.window
            )
        }
        return try reply(changed.id, call)
    }

    private static func delete(_ call: Call) async throws(APIError) -> Reply {
        try await call.delete(LatencyBudget.self)
    }

    private static func duration(_ milliseconds: Datum?) -> Duration? {
        milliseconds?.number.map { .microseconds(Int64(($0 * 1000).rounded())) }
    }
}

extension LatencyBudget: Administered {
    static let noun = "latency budget"
    static var stored: WritableKeyPath<ControlContents, [LatencyBudget]> { \.latencyBudgets }

    static func all(in policy: Policy) -> [LatencyBudget] {
        policy.configuration.latencyBudgets + policy.stored.latencyBudgets
    }

    static func delete(_ name: String, from control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.deleteLatencyBudget(name, by: change.actor, at: change.at)
    }

    var identifier: String { id }

    func put(in control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.put(self, by: change.actor, at: change.at)
    }
}

extension LatencyBudgetStatus {
    fileprivate func write(to writer: inout JSONWriter, origin: KeyRecord.Origin) {
        writer.object { object in
            object.members(budget.id, budget.scope, budget.window)
            object.member("limit_ms", budget.limit.inSeconds * 1000)
            object.member("share", budget.share)
            object.member("within", Int(within))
            object.member("over", Int(over))
            object.member("exhausted", isExhausted)
            object.member("origin", origin.rawValue)
        }
    }
}
