internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// Teams: those within an organisation who share budgets and keys.
enum TeamEndpoints {
    private static let team = Shape.record(
        "Team",
        [
            Shape.Member("id", .name, "Its name, unique among all organisations' teams.", isRequired: true),
            Shape.Member("organisation", .name, "The organisation that it belongs to.", isRequired: true),
            Shape.Member("name", .text(scalarsMax: 256), "What people call it.", isRequired: true),
            .origin,
        ]
    )
    private static let name = Shape.Member("name", .text(scalarsMax: 256), "What people call it.")

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/teams",
            summary: "Lists teams.",
            query: [Shape.Member("organisation", .name, "Those of this organisation alone.")],
            answer: .page("Team", of: team),
            respond: list
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/teams",
            summary: "Makes a team.",
            body: .record(
                "TeamOrder",
                [
                    Shape.Member("id", .name, "Its name.", isRequired: true),
                    Shape.Member("organisation", .name, "The organisation that it belongs to.", isRequired: true), name,
                ]
            ),
            status: 201,
            answer: team,
            respond: create
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/teams/{team}",
            summary: "Tells about a team.",
            answer: team,
            respond: show
        ),
        Endpoint(
            method: .patch,
            path: "/admin/v1/teams/{team}",
            summary: "Changes a team; it stays in its organisation.",
            body: .record("TeamChange", [name]),
            answer: team,
            respond: change
        ),
        Endpoint(
            method: .delete,
            path: "/admin/v1/teams/{team}",
            summary: "Deletes a team that has no keys.",
            answer: .deletion,
            respond: delete
        ),
    ]

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        let organisation = call.query["organisation"]?.text
        let teams = call.policy.keys.teams.filter { organisation == nil || $0.organisation.rawValue == organisation }
        return .page(teams) { $0.write(to: &$1, origin: call.policy.origin(of: $0)) }
    }

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        let found = try call.found(Team.self)
        return .json { found.write(to: &$0, origin: call.policy.origin(of: found)) }
    }

    private static func create(_ call: Call) async throws(APIError) -> Reply {
        let made = try await call.create { policy throws(APIError) in
            let made = Team(
                id: TeamID(rawValue: call.body["id"]?.text ?? ""),
                organisation: TenantID(rawValue: call.body["organisation"]?.text ?? ""),
                name: call.body["name"]?.text ?? ""
            )
            try policy.check(made.organisation)
            return made
        }
        return .json(status: 201) { made.write(to: &$0, origin: .stored) }
    }

    private static func change(_ call: Call) async throws(APIError) -> Reply {
        let changed: Team = try await call.update { _, team in call.body.update(&team.name, "name", \.text) }
        return .json { changed.write(to: &$0, origin: .stored) }
    }

    private static func delete(_ call: Call) async throws(APIError) -> Reply {
        try await call.delete(Team.self) { policy throws(APIError) in
            if let key = policy.keys.keys.first(where: { $0.team?.rawValue == call.name }) {
                throw .conflict("in_use", "Team `\(call.name)` still has key `\(key.id)`.")
            }
            try policy.checkUnbudgeted(.team(TeamID(rawValue: call.name)))
        }
    }
}

extension Team: Administered {
    static let noun = "team"
    static var stored: WritableKeyPath<ControlContents, [Team]> { \.teams }

    static func all(in policy: Policy) -> [Team] { policy.keys.teams }

    static func delete(_ name: String, from control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.deleteTeam(TeamID(rawValue: name), by: change.actor, at: change.at)
    }

    var identifier: String { id.rawValue }

    func put(in control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.put(self, by: change.actor, at: change.at)
    }
}

extension Policy {
    /// Refuses an organisation that nobody set up, where there are any that somebody did.
    func check(_ organisation: TenantID) throws(APIError) {
        let known = keys.organisations.map(\.id.rawValue)
        guard !known.isEmpty, !known.contains(organisation.rawValue) else { return }
        throw .unknownName(organisation.rawValue, noun: "organisation", param: "organisation", known: known)
    }

    /// Refuses to do away with whose requests a budget or a limit is for.
    func checkUnbudgeted(_ scope: Budget.Scope) throws(APIError) {
        let budgets =
            Budget.all(in: self).map { ($0.id, $0.scope) } + LatencyBudget.all(in: self).map { ($0.id, $0.scope) }
        if let budget = budgets.first(where: { $0.1 == scope }) {
            throw .conflict("in_use", "The budget `\(budget.0)` is for \(scope.text).")
        }
        guard (configuration.rateLimits + stored.rateLimits).contains(where: { $0.scope == scope }) else { return }
        throw .conflict("in_use", "There is a rate limit for \(scope.text).")
    }
}

extension Team {
    fileprivate func write(to writer: inout JSONWriter, origin: KeyRecord.Origin) {
        writer.object { object in
            object.member("id", id.rawValue)
            object.member("organisation", organisation.rawValue)
            object.member("name", name)
            object.member("origin", origin.rawValue)
        }
    }
}
