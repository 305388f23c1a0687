internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// What administration makes of models: it is kept, and wins over the models file.
extension ModelEndpoints {
    static func put(_ call: Call) async throws(APIError) -> Reply {
        guard case .json(let bytes) = call.body else { throw .internal }
        let override = ModelOverride(id: ModelID(call.name), entry: String(decoding: bytes, as: UTF8.self))
        _ = try await call.service.change { _, next throws(APIError) in
            next.models.removeAll { $0.id == override.id }
            next.models.append(override)
        } _: { _, control async throws(ControlError) in
            try await control.put(override, by: call.actor, at: call.now)
        }
        let policy = call.service.policy
        guard let index = policy.catalogue.index(of: call.name) else { throw .modelNotFound(call.name) }
        return .json { policy.writeModel(at: index, to: &$0) }
    }

    static func delete(_ call: Call) async throws(APIError) -> Reply {
        let id = ModelID(call.name)
        _ = try await call.service.change { policy, next throws(APIError) in
            try policy.checkUnused(id)
            next.models.removeAll { $0.id == id }
            // One that the file has must be kept out, one that it has not need only be forgotten.
            let isDeclared = policy.loaded.catalogue[id]?.id == id
            if isDeclared { next.models.append(ModelOverride(id: id, entry: nil)) }
            return isDeclared
        } _: { isDeclared, control async throws(ControlError) in
            if isDeclared {
                try await control.put(ModelOverride(id: id, entry: nil), by: call.actor, at: call.now)
            } else {
                try await control.deleteModelOverride(id, by: call.actor, at: call.now)
            }
        }
        return .deleted(call.name)
    }

    static func restore(_ call: Call) async throws(APIError) -> Reply {
        let id = ModelID(call.name)
        _ = try await call.service.change { policy, next throws(APIError) in
            guard next.models.contains(where: { $0.id == id }) else { throw .missing("override of model", call.name) }
            if policy.loaded.catalogue[id]?.id != id { try policy.checkUnused(id) }
            next.models.removeAll { $0.id == id }
        } _: { _, control async throws(ControlError) in
            try await control.deleteModelOverride(id, by: call.actor, at: call.now)
        }
        return .deleted(call.name)
    }
}

extension Policy {
    /// Refuses to do away with a model that there is not, or that keys or budgets are for.
    fileprivate func checkUnused(_ id: ModelID) throws(APIError) {
        guard catalogue[id]?.id == id else { throw .modelNotFound(id.rawValue) }
        try checkUnbudgeted(.model(id))
        guard let key = keys.keys.first(where: { $0.policy.models?.contains(id) ?? false }) else { return }
        throw .conflict("in_use", "Key `\(key.id)` may use model `\(id)`.")
    }
}
