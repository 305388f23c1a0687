internal import Budgets
internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// Budgets: what requests may take, what they took, and what is held for those under way.
enum BudgetEndpoints {
    private static let holdsMax = 1000

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/budgets",
            summary: "Lists budgets with what is spent, held and left.",
            answer: .page("Budget", of: budget),
            respond: list
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/budgets",
            summary: "Makes a budget; what was spent in its window counts from its beginning.",
            body: order,
            status: 201,
            answer: budget,
            respond: create
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/budgets/{budget}",
            summary: "Tells about a budget, and what is held of it for requests under way.",
            answer: budgetWithHolds,
            respond: show
        ),
        Endpoint(
            method: .patch,
            path: "/admin/v1/budgets/{budget}",
            summary: "Changes a budget's cap or pacing, at once.",
            body: change,
            answer: budget,
            respond: update
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/budgets/{budget}/top_ups",
            summary: "Adds to a budget's cap for its current window; also to one of the settings.",
            body: topUp,
            status: 201,
            answer: budget,
            respond: topUp
        ),
        Endpoint(
            method: .delete,
            path: "/admin/v1/budgets/{budget}",
            summary: "Deletes a budget with its top-ups.",
            answer: .deletion,
            respond: delete
        ),
    ]

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        let snapshot = call.service.spending.book.snapshot(now: call.now, holdsMax: 0)
        return .page(snapshot.budgets) { status, writer in
            writer.object { call.policy.writeMembers(of: status, to: &$0) }
        }
    }

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        let snapshot = call.service.spending.book.snapshot(now: call.now, holdsMax: holdsMax)
        guard let status = snapshot.budgets.first(where: { $0.budget.id == call.name }) else {
            throw .missing("budget", call.name)
        }
        let holds = snapshot.holds.filter { $0.isUnder(status.budget.scope) }
        return .json { writer in
            writer.object { object in
                call.policy.writeMembers(of: status, to: &object)
                object.array("holds") { list in for hold in holds { hold.write(to: &list) } }
            }
        }
    }

    /// The answer that tells of the budget that was just changed.
    private static func reply(_ id: String, _ call: Call, status: Int = 200) throws(APIError) -> Reply {
        let snapshot = call.service.spending.book.snapshot(now: call.now, holdsMax: 0)
        guard let budget = snapshot.budgets.first(where: { $0.budget.id == id }) else { throw .missing("budget", id) }
        let policy = call.service.policy
        return .json(status: status) { writer in writer.object { policy.writeMembers(of: budget, to: &$0) } }
    }

    private static func create(_ call: Call) async throws(APIError) -> Reply {
        let made = try await call.create { policy throws(APIError) in
            let (scope, window) = try call.body.scopeAndWindow(policy)
            let made = Budget(
                id: call.body["id"]?.text ?? "",
                scope: scope,
                measure: call.body["measure"]?.text.flatMap(Budget.Measure.init(rawValue:)) ?? .cost,
                cap: try units(call.body["cap"], call.body["measure"]?.text ?? "", param: "cap"),
                window: window,
                isPaced: call.body["paced"]?.flag ?? true
            )
            try policy.checkNewBudget(made.id)
            return made
        }
        return try reply(made.id, call, status: 201)
    }

    private static func update(_ call: Call) async throws(APIError) -> Reply {
        let changed: Budget = try await call.update { _, budget throws(APIError) in
            let old = budget
            var cap = old.cap
            if let new = call.body["cap"] { cap = try units(new, old.measure.rawValue, param: "cap") }
            budget = Budget(
                id: old.id,
                scope: old.scope,
                measure: old.measure,
                cap: cap,
                window: old.window,
                isPaced: call.body["paced"]?.flag ?? old.isPaced
            )
        }
        return try reply(changed.id, call)
    }

    private static func topUp(_ call: Call) async throws(APIError) -> Reply {
        _ = try await call.service.change { policy, next throws(APIError) in
            guard let budget = policy.budget(call.name) else { throw .missing("budget", call.name) }
            guard budget.window != .request else {
                throw .conflict("no_window", "Budget `\(call.name)` is of each request: raise its cap.")
            }
            let topUp = TopUp(
                budgetID: call.name,
                addedUnixMilliseconds: call.now,
                amount: try units(call.body["amount"], budget.measure.rawValue, param: "amount"),
                note: call.body["note"]?.text ?? ""
            )
            next.topUps.append(topUp)
            return topUp
        } _: { topUp, control async throws(ControlError) in
            try await control.add(topUp, by: call.actor)
        }
        return try reply(call.name, call, status: 201)
    }

    private static func delete(_ call: Call) async throws(APIError) -> Reply {
        try await call.delete(Budget.self)
    }

    /// `amount` in the smallest unit of `measure`, to the nearest.
    private static func units(_ amount: Datum?, _ measure: String, param: String) throws(APIError) -> Int64 {
        let measure = Budget.Measure(rawValue: measure) ?? .cost
        let units = (amount?.number ?? 0) * measure.unitsPerWhole
        guard let whole = Int64(exactly: units.rounded()) else {
            throw .invalidRequest("`\(param)` is more than can be counted.", param: param)
        }
        return whole
    }
}

extension Budget: Administered {
    static let noun = "budget"
    static var stored: WritableKeyPath<ControlContents, [Budget]> { \.budgets }

    static func all(in policy: Policy) -> [Budget] { policy.configuration.budgets + policy.stored.budgets }

    static func delete(_ name: String, from control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.deleteBudget(name, by: change.actor, at: change.at)
    }

    var identifier: String { id }

    func put(in control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.put(self, by: change.actor, at: change.at)
    }
}

extension Policy {
    /// The budget called `id` as it was set, without top-ups.
    fileprivate func budget(_ id: String) -> Budget? { Budget.all(in: self).first { $0.id == id } }

    func writeMembers(of status: BudgetStatus, to object: inout JSONWriter) {
        let set = budget(status.budget.id) ?? status.budget
        status.writeMembers(to: &object, set: set, origin: origin(of: set))
    }

    /// Refuses a name that a budget has, of any kind.
    func checkNewBudget(_ id: String) throws(APIError) {
        let names = Budget.all(in: self).map(\.id) + LatencyBudget.all(in: self).map(\.id)
        guard names.contains(id) else { return }
        throw .conflict("already_exists", "There is a budget `\(id)` already.")
    }
}
