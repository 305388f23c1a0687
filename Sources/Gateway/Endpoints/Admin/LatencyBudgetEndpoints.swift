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
        let made = try await call.service.change { policy, next throws(APIError) in
            let (scope, window) = try call.body.scopeAndWindow(policy)
            guard window != .request else {
                throw .invalidRequest("A share needs more than one request.", param: "window")
            }
            let id = call.body["id"]?.text ?? ""
            try policy.checkNewBudget(id)
            let made = LatencyBudget(
                id: id,
                scope: scope,
                limit: duration(call.body["limit_ms"]) ?? .seconds(1),
                share: call.body["share"]?.number ?? 1,
                window: window
            )
            next.latencyBudgets.append(made)
            return made
        } _: { made, control async throws(ControlError) in
            try await control.put(made, by: call.actor, at: call.now)
        }
        return try reply(made.id, call, status: 201)
    }

    private static func update(_ call: Call) async throws(APIError) -> Reply {
        _ = try await call.service.change { policy, next throws(APIError) in
            let index = try index(call, policy, next)
            let old = next.latencyBudgets[index]
            next.latencyBudgets[index] = LatencyBudget(
                id: old.id,
                scope: old.scope,
                limit: duration(call.body["limit_ms"]) ?? old.limit,
                share: call.body["share"]?.number ?? old.share,
                window: old.window
            )
            return next.latencyBudgets[index]
        } _: { changed, control async throws(ControlError) in
            try await control.put(changed, by: call.actor, at: call.now)
        }
        return try reply(call.name, call)
    }

    private static func delete(_ call: Call) async throws(APIError) -> Reply {
        _ = try await call.service.change { policy, next throws(APIError) in
            next.latencyBudgets.remove(at: try index(call, policy, next))
        } _: { _, control async throws(ControlError) in
            try await control.deleteLatencyBudget(call.name, by: call.actor, at: call.now)
        }
        return .deleted(call.name)
    }

    private static func duration(_ milliseconds: Datum?) -> Duration? {
        milliseconds?.number.map { .microseconds(Int64(($0 * 1000).rounded())) }
    }

    /// Where the budget is that the call names; the settings' own are not for changing.
    private static func index(_ call: Call, _ policy: Policy, _ next: ControlContents) throws(APIError) -> Int {
        if let index = next.latencyBudgets.firstIndex(where: { $0.id == call.name }) { return index }
        let isDeclared = policy.configuration.latencyBudgets.contains { $0.id == call.name }
        throw isDeclared ? .declared("latency budget", call.name) : .missing("latency budget", call.name)
    }
}

extension Policy {
    fileprivate func origin(of budget: LatencyBudget) -> KeyRecord.Origin {
        stored.latencyBudgets.contains { $0.id == budget.id } ? .stored : .declared
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
