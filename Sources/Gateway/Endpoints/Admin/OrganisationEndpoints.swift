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
        let found = try call.found(Organisation.self)
        return .json { found.write(to: &$0, origin: call.policy.origin(of: found)) }
    }

    private static func create(_ call: Call) async throws(APIError) -> Reply {
        let made = try await call.create { _ in
            Organisation(
                id: TenantID(rawValue: call.body["id"]?.text ?? ""),
                name: call.body["name"]?.text ?? "",
                isDisabled: call.body["disabled"]?.flag ?? false
            )
        }
        return .json(status: 201) { made.write(to: &$0, origin: .stored) }
    }

    private static func change(_ call: Call) async throws(APIError) -> Reply {
        let changed: Organisation = try await call.update { _, organisation in
            call.body.update(&organisation.name, "name", \.text)
            call.body.update(&organisation.isDisabled, "disabled", \.flag)
        }
        return .json { changed.write(to: &$0, origin: .stored) }
    }

    private static func delete(_ call: Call) async throws(APIError) -> Reply {
        try await call.delete(Organisation.self) { policy throws(APIError) in
            try policy.checkUnbudgeted(.organisation(TenantID(rawValue: call.name)))
        }
    }
}

extension Organisation: Administered {
    static let noun = "organisation"
    static var stored: WritableKeyPath<ControlContents, [Organisation]> { \.organisations }

    static func all(in policy: Policy) -> [Organisation] { policy.keys.organisations }

    static func delete(_ name: String, from control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.deleteOrganisation(TenantID(rawValue: name), by: change.actor, at: change.at)
    }

    var identifier: String { id.rawValue }

    func put(in control: ControlStore, _ change: Change) async throws(ControlError) {
        try await control.put(self, by: change.actor, at: change.at)
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
