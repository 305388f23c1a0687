internal import Budgets
internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// Virtual keys: their text is in one answer, that of their making, and nowhere else.
enum KeyEndpoints {
    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/keys",
            summary: "Lists keys.",
            query: [
                Shape.Member("organisation", .name, "Those of this organisation alone."),
                Shape.Member("team", .name, "Those of this team alone."),
            ],
            answer: .page("Key", of: key),
            respond: list
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/keys",
            summary: "Makes a key; its text is in the answer, and is never shown again.",
            body: order,
            status: 201,
            answer: issued,
            respond: create
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/keys/{key}",
            summary: "Tells about a key.",
            answer: key,
            respond: show
        ),
        Endpoint(
            method: .patch,
            path: "/admin/v1/keys/{key}",
            summary: "Changes what a key may do; its text stays what it was.",
            body: change,
            answer: key,
            respond: update
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/keys/{key}/rotate",
            summary: "Gives a key another text; the one before lets nobody in any more.",
            answer: issued,
            respond: rotate
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/keys/{key}/limits",
            summary: "Tells how fast a key may ask, and what is left of that.",
            answer: allowance,
            respond: showLimits
        ),
        Endpoint(
            method: .delete,
            path: "/admin/v1/keys/{key}",
            summary: "Deletes a key for good; its name is never given again.",
            answer: .deletion,
            respond: delete
        ),
    ]

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        let (organisation, team) = (call.query["organisation"]?.text, call.query["team"]?.text)
        let keys = call.policy.keys.keys.filter { key in
            (organisation == nil || key.organisation.rawValue == organisation)
                && (team == nil || key.team?.rawValue == team)
        }
        let lost = Set(call.policy.keys.lostKeys)
        return .page(keys) { $0.write(to: &$1, isUsable: !lost.contains($0.id)) }
    }

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        let found = try call.found(KeyRecord.self)
        return .json { found.write(to: &$0, isUsable: !call.policy.keys.lostKeys.contains(found.id)) }
    }

    private static func showLimits(_ call: Call) async throws(APIError) -> Reply {
        let found = try call.found(KeyRecord.self)
        let payer = Payer(organisation: found.organisation, team: found.team, key: found.id)
        let allowance = call.service.rateAllowance(of: payer)
        return .json { writer in
            writer.object { object in
                object.key("limits")
                found.policy.limits.write(to: &object)
                object.key("requests")
                allowance.requests.write(to: &object)
                object.key("tokens")
                allowance.tokens.write(to: &object)
            }
        }
    }

    private static func create(_ call: Call) async throws(APIError) -> Reply {
        let team = call.body["team"]?.text.map(TeamID.init(rawValue:))
        let home = call.policy.keys.teams.first { $0.id == team }?.organisation
        guard let organisation = call.body["organisation"]?.text.map(TenantID.init(rawValue:)) ?? home else {
            let text = "`organisation` is missing: name the organisation that pays, or a team of it."
            throw .invalidRequest(text, param: "organisation")
        }
        var order = KeyOrder(
            id: call.body["id"]?.text.map(KeyID.init(rawValue:)),
            organisation: organisation,
            team: team
        )
        call.body.update(
            &order.policy,
            expires: &order.expiresUnixMilliseconds,
            isDisabled: &order.isDisabled,
            note: &order.note
        )
        let (record, text) = try issue(order, call)
        _ = try await call.service.change { policy, next throws(APIError) in
            guard policy.keys.key(record.id) == nil else {
                throw .conflict("already_exists", "There is a key `\(record.id)` already.")
            }
            try policy.check(record.organisation)
            try policy.check(record.policy)
            next.keys.append(record)
        } _: { _, control async throws(ControlError) in
            try await control.add(record, by: call.actor, at: call.now)
        }
        return .json(status: 201) { record.write(to: &$0, isUsable: true, text: text) }
    }

    private static func update(_ call: Call) async throws(APIError) -> Reply {
        let changed: KeyRecord = try await call.update { policy, key throws(APIError) in
            call.body.update(
                &key.policy,
                expires: &key.expiresUnixMilliseconds,
                isDisabled: &key.isDisabled,
                note: &key.note
            )
            try policy.check(key.policy)
        }
        let isUsable = !call.service.policy.keys.lostKeys.contains(changed.id)
        return .json { changed.write(to: &$0, isUsable: isUsable) }
    }

    private static func rotate(_ call: Call) async throws(APIError) -> Reply {
        var text: Secret?
        let issued: KeyRecord = try await call.update { _, key throws(APIError) in
            var order = KeyOrder(id: key.id, organisation: key.organisation, team: key.team)
            order.policy = key.policy
            order.expiresUnixMilliseconds = key.expiresUnixMilliseconds
            order.isDisabled = key.isDisabled
            order.note = key.note
            (key, text) = try issue(order, call)
        }
        return .json { issued.write(to: &$0, isUsable: true, text: text) }
    }

    private static func delete(_ call: Call) async throws(APIError) -> Reply {
        try await call.delete(KeyRecord.self) { policy throws(APIError) in
            try policy.checkUnbudgeted(.key(KeyID(rawValue: call.name)))
        }
    }

    /// Makes a key, if it will still be known after a restart.
    private static func issue(_ order: KeyOrder, _ call: Call) throws(APIError) -> (record: KeyRecord, text: Secret) {
        guard call.service.canIssueKeys else {
            let variable = call.policy.settings.keyPepperVariable
            throw .conflict("no_key_pepper", "Keys cannot be made: set \(variable), which they are hashed under.")
        }
        guard let issued = call.service.hasher.issue(order, at: call.now) else { throw .internal }
        return issued
    }
}

extension KeyRecord: Administered {
    static let noun = "key"
    static var stored: WritableKeyPath<ControlContents, [KeyRecord]> { \.keys }

    static func all(in policy: Policy) -> [KeyRecord] { policy.keys.keys }

    static func delete(_ name: String, from control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.deleteKey(KeyID(rawValue: name), by: change.actor, at: change.at)
    }

    var identifier: String { id.rawValue }

    func put(in control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.replace(self, by: change.actor, at: change.at)
    }
}

extension Policy {
    /// Refuses models that there are not: an alias is no id, since a model has one name where it is counted.
    fileprivate func check(_ policy: KeyPolicy) throws(APIError) {
        for id in (policy.models ?? []).sorted() where catalogue[id]?.id != id {
            throw .unknownName(
                id.rawValue,
                noun: "model",
                param: "models",
                known: catalogue.models.map(\.id.rawValue)
            )
        }
        if let router = policy.router, router != "none", !routerNames.contains(router) {
            throw .unknownName(router, noun: "router", param: "router", known: routerNames + ["none"])
        }
    }
}
