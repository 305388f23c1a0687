internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Reactor
internal import Routing
internal import Wire

/// Models: what there are, what they charge, and whether they may be sent requests.
enum ModelEndpoints {
    private static let model = Shape.record(
        "Model",
        [
            Shape.Member("id", .name, "Its name.", isRequired: true),
            Shape.Member("name", .text(scalarsMax: 1024), "Its name for people.", isRequired: true),
            Shape.Member(
                "provider",
                .choice(Model.Provider.allCases.map(\.rawValue)),
                "The kind of its endpoint.",
                isRequired: true
            ),
            Shape.Member("base_url", .text(scalarsMax: 4096), "Where it answers.", isRequired: true),
            Shape.Member("aliases", .list(.name, countMax: 64), "Other names for it.", isRequired: true),
            Shape.Member("tier", .name, "Its capability tier.", isRequired: true),
            Shape.Member("quality", .number(0...1), "Expected quality of its answers.", isRequired: true),
            Shape.Member("context_window", .integer(0 ... .max), "Tokens of prompt and answer.", isRequired: true),
            Shape.Member("prices", .record("ModelPrices", PriceEndpoints.prices), "What it charges.", isRequired: true),
            Shape.Member("has_key", .flag, "Whether its provider's key is there.", isRequired: true),
            Shape.Member("available", .flag, "Whether it may be sent requests.", isRequired: true),
            Shape.Member("active_requests", .integer(0 ... .max), "Requests under way.", isRequired: true),
            .origin,
        ]
    )

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/models",
            summary: "Lists the models of the registry.",
            answer: .page("Model", of: model),
            respond: list
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/models/{model}",
            summary: "Tells about a model.",
            answer: model,
            respond: show
        ),
        Endpoint(
            method: .put,
            path: "/admin/v1/models/{model}",
            summary: "Adds a model, or puts another in its place: an entry as in models.yaml, whatever that file says.",
            body: .anything,
            answer: model,
            respond: put
        ),
        Endpoint(
            method: .delete,
            path: "/admin/v1/models/{model}",
            summary: "Takes a model out of the registry, whatever the models file says.",
            answer: .deletion,
            respond: delete
        ),
        Endpoint(
            method: .delete,
            path: "/admin/v1/models/{model}/override",
            summary: "Lets the models file have the last word on a model again.",
            answer: .deletion,
            respond: restore
        ),
        Endpoint(
            method: .put,
            path: "/admin/v1/models/{model}/availability",
            summary: "Switches a model off, or on again, until the process ends.",
            body: .record(
                "Availability",
                [Shape.Member("available", .flag, "Whether it may be sent requests.", isRequired: true)]
            ),
            answer: .record(
                "ModelAvailability",
                [
                    Shape.Member("model", .name, "The model.", isRequired: true),
                    Shape.Member("available", .flag, "Whether it may be sent requests.", isRequired: true),
                ]
            ),
            respond: setAvailability
        ),
    ]

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        .page(Array(call.policy.catalogue.models.indices)) { call.policy.writeModel(at: $0, to: &$1) }
    }

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        let index = try index(call)
        return .json { call.policy.writeModel(at: index, to: &$0) }
    }

    private static func setAvailability(_ call: Call) async throws(APIError) -> Reply {
        let index = try index(call)
        let isAvailable = call.body["available"]?.flag ?? true
        let id = call.policy.catalogue.models[index].id.rawValue
        try await call.note(isAvailable ? "switch_on" : "switch_off", of: .model, named: id)
        if isAvailable { call.policy.fleet.switchOn(index) } else { call.policy.fleet.switchOff(index) }
        return .json { writer in
            writer.object { object in
                object.member("model", id)
                object.member("available", isAvailable)
            }
        }
    }

    private static func index(_ call: Call) throws(APIError) -> Int {
        guard let index = call.policy.catalogue.index(of: call.name) else { throw .modelNotFound(call.name) }
        return index
    }
}

extension Call {
    /// Writes down a change of something that the store does not keep.
    func note(
        _ action: String,
        of kind: ControlKind,
        named subject: String,
        after: String? = nil
    ) async throws(APIError) {
        do throws(ControlError) {
            try await service.control.note(
                action,
                of: kind,
                named: subject,
                before: nil,
                after: after,
                by: actor,
                at: now
            )
        } catch {
            throw error.response
        }
    }
}

extension Policy {
    func writeModel(at index: Int, to writer: inout JSONWriter) {
        let model = catalogue.models[index]
        let statistics = fleet.statistics(now: Instant.now.nanoseconds)[index]
        writer.object { object in
            object.member("id", model.id.rawValue)
            object.member("name", model.displayName)
            object.member("provider", model.provider.rawValue)
            object.member("base_url", model.baseURL)
            object.array("aliases") { list in for alias in model.aliases { list.value(alias) } }
            object.member("tier", model.tier.rawValue)
            object.member("quality", model.quality)
            object.member("context_window", model.contextWindow)
            object.object("prices") { model.prices.writeMembers(to: &$0) }
            object.member("has_key", configuration.hasKey(for: model))
            object.member("available", statistics.availability == .available)
            object.member("active_requests", statistics.active)
            object.member("origin", stored.models.contains { $0.id == model.id } ? "stored" : "declared")
        }
    }
}
