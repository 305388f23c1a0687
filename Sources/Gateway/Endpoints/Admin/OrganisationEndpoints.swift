internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// Organisations: who pays.
enum OrganisationEndpoints {
    private static let organisation = Shape.record(
        "Organisation",
        [
            Shape.Member("id", .name, "Its name in the ledger and in budgets.", isRequired: true),
            Shape.Member("name", .text(scalarsMax: 256), "What people call it.", isRequired: true),
            Shape.Member("disabled", .flag, "Whether all of its keys are refused for now.", isRequired: true),
            .origin,
        ]
    )
    private static let name = Shape.Member("name", .text(scalarsMax: 256), "What people call it.")
    private static let disabled = Shape.Member("disabled", .flag, "Whether all of its keys are refused for now.")

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/organisations",
            summary: "Lists organisations.",
            answer: .page("Organisation", of: organisation),
            respond: list
        ),
        Endpoint(
            method: .post,
            path: "/admin/v1/organisations",
            summary: "Makes an organisation.",
            body: .record(
                "OrganisationOrder",
                [Shape.Member("id", .name, "Its name.", isRequired: true), name, disabled]
            ),
            status: 201,
            answer: organisation,
            respond: create
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/organisations/{organisation}",
            summary: "Tells about an organisation.",
            answer: organisation,
            respond: show
        ),
        Endpoint(
            method: .patch,
            path: "/admin/v1/organisations/{organisation}",
            summary: "Changes an organisation.",
            body: .record("OrganisationChange", [name, disabled]),
            answer: organisation,
            respond: change
        ),
        Endpoint(
            method: .delete,
            path: "/admin/v1/organisations/{organisation}",
            summary: "Deletes an organisation that has neither teams nor keys.",
            answer: .deletion,
            respond: delete
        ),
    ]

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        .page(call.policy.keys.organisations) { $0.write(to: &$1, origin: call.policy.origin(of: $0)) }
    }

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        guard let found = call.policy.keys.organisations.first(where: { $0.id.rawValue == call.name }) else {
            throw .missing("organisation", call.name)
        }
        return .json { found.write(to: &$0, origin: call.policy.origin(of: found)) }
    }

    private static func create(_ call: Call) async throws(APIError) -> Reply {
        let made = Organisation(
            id: TenantID(rawValue: call.body["id"]?.text ?? ""),
            name: call.body["name"]?.text ?? "",
            isDisabled: call.body["disabled"]?.flag ?? false
        )
        _ = try await call.service.change { policy, next throws(APIError) in
            guard !policy.keys.organisations.contains(where: { $0.id == made.id }) else {
                throw .conflict("already_exists", "There is an organisation `\(made.id)` already.")
            }
            next.organisations.append(made)
        } _: { _, control async throws(ControlError) in
            try await control.put(made, by: call.actor, at: call.now)
        }
        return .json(status: 201) { made.write(to: &$0, origin: .stored) }
    }

    private static func change(_ call: Call) async throws(APIError) -> Reply {
        let changed = try await call.service.change { policy, next throws(APIError) in
            let index = try index(call, policy, next)
            call.body.update(&next.organisations[index].name, "name", \.text)
            call.body.update(&next.organisations[index].isDisabled, "disabled", \.flag)
            return next.organisations[index]
        } _: { changed, control async throws(ControlError) in
            try await control.put(changed, by: call.actor, at: call.now)
        }
        return .json { changed.write(to: &$0, origin: .stored) }
    }

    private static func delete(_ call: Call) async throws(APIError) -> Reply {
        _ = try await call.service.change { policy, next throws(APIError) in
            next.organisations.remove(at: try index(call, policy, next))
        } _: { _, control async throws(ControlError) in
            try await control.deleteOrganisation(TenantID(rawValue: call.name), by: call.actor, at: call.now)
        }
        return .deleted(call.name)
    }

    /// Where the organisation is that the call names; the settings' own are not for changing.
    private static func index(_ call: Call, _ policy: Policy, _ next: ControlContents) throws(APIError) -> Int {
        if let index = next.organisations.firstIndex(where: { $0.id.rawValue == call.name }) { return index }
        let isDeclared = policy.keys.organisations.contains { $0.id.rawValue == call.name }
        throw isDeclared ? .declared("organisation", call.name) : .missing("organisation", call.name)
    }
}

extension Policy {
    fileprivate func origin(of organisation: Organisation) -> KeyRecord.Origin {
        stored.organisations.contains { $0.id == organisation.id } ? .stored : .declared
    }
}

extension Organisation {
    fileprivate func write(to writer: inout JSONWriter, origin: KeyRecord.Origin) {
        writer.object { object in
            object.member("id", id.rawValue)
            object.member("name", name)
            object.member("disabled", isDisabled)
            object.member("origin", origin.rawValue)
        }
    }
}
