import Domain

/// What can be checked only where settings, models and environment come together.
extension GatewayConfiguration {
    /// A key or token shorter than this can be guessed.
    private static let secretBytesMin = 16

    /// The values of all variables that are named and set; an empty one counts as not set.
    static func secrets(
        for settings: Settings,
        _ catalogue: Catalogue,
        in environment: [String: String]
    ) -> [String: Secret] {
        let keys = [settings.adminTokenVariable, settings.keyPepperVariable] + settings.keys.map(\.secretVariable)
        let others = settings.administrators.map(\.secretVariable) + settings.carbon.sources.compactMap(\.tokenVariable)
        let former = [
            settings.previousKeyPepperVariable, settings.tracing.headersVariable,
            settings.ledger.url.map { _ in settings.ledger.passwordVariable },
        ].compactMap(\.self)
        return (keys + former + others + catalogue.models.compactMap(\.keyVariable)).reduce(into: [:]) {
            secrets,
            variable in
            if let value = environment[variable], !value.isEmpty { secrets[variable] = Secret(value) }
        }
    }

    /// Every client key and every administrator's token must be there, and no two the same.
    func checkKeys(at place: Place, into report: inout Report) {
        var owners: [String: String] = [:]
        for (index, key) in settings.keys.enumerated() where !key.secretVariable.isEmpty {
            let place = place["keys"][index]["secret_variable"]
            guard let secret = secrets[key.secretVariable] else {
                report.error(
                    at: place,
                    "environment variable \(key.secretVariable) is not set",
                    fix: "export it, or remove key `\(key.id)`"
                )
                continue
            }
            if let owner = owners.updateValue(key.id, forKey: secret.reveal()) {
                report.error(at: place, "keys `\(owner)` and `\(key.id)` are the same", fix: "give each its own")
            }
            checkLength(of: secret, in: key.secretVariable, at: place, into: &report)
        }
        if let pepper = secrets[settings.keyPepperVariable] {
            let place = place["key_pepper_variable"]
            checkLength(of: pepper, in: settings.keyPepperVariable, at: place, into: &report)
        }
        if let variable = settings.previousKeyPepperVariable, secrets[variable] == nil {
            report.error(
                at: place["key_pepper_previous_variable"],
                "environment variable \(variable) is not set",
                fix: "export it, or remove this once all keys have been used"
            )
        }
        checkAdministrators(at: place, keys: owners, into: &report)
    }

    /// A secret goes into a header line: a stray line end, as files often have, would break the line or match nothing.
    private func checkBytes(of secret: Secret, in variable: String, at place: Place, into report: inout Report) {
        if !secret.reveal().utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            report.error(
                at: place,
                "the value of \(variable) holds a blank, a line end or a character beyond ASCII",
                fix: "export the key alone"
            )
        }
    }

    func checkLength(of secret: Secret, in variable: String, at place: Place, into report: inout Report) {
        checkBytes(of: secret, in: variable, at: place, into: &report)
        if secret.reveal().utf8.count < Self.secretBytesMin {
            report.warning(
                at: place,
                "the value of \(variable) is shorter than \(Self.secretBytesMin) bytes",
                fix: "take one that cannot be guessed: openssl rand -hex 32"
            )
        }
    }

    /// A model without its key is unavailable; one without an energy profile has a guessed one.
    func checkModels(at place: Place, into report: inout Report) {
        for (index, entry) in registry.entries.enumerated() {
            let place = place["models"][index]
            if let variable = entry.keyVariable {
                if let secret = secrets[variable] {
                    checkBytes(of: secret, in: variable, at: place["key_variable"], into: &report)
                } else {
                    report.warning(
                        at: place["key_variable"],
                        "model \(entry.id): environment variable \(variable) is not set: it is unavailable",
                        fix: "export it"
                    )
                }
            }
            if entry.energy == nil {
                report.warning(
                    at: place,
                    "model \(entry.id) has no energy profile: its carbon figures are a rough guess",
                    fix: "add `energy:`"
                )
            }
        }
    }

    /// The models that settings name must be in the registry.
    func checkNames(at place: Place, into report: inout Report) {
        // A registry that could not be read is reported already.
        guard !registry.entries.isEmpty else { return }
        for (index, key) in settings.keys.enumerated() {
            for (position, name) in key.models.enumerated() {
                checkModel(name, at: place["keys"][index]["models"][position], into: &report)
            }
        }
        for (scope, name, place) in settings.scopes(at: place) where scope == .model {
            checkModel(name, at: place, into: &report)
        }
        for (index, name) in settings.routing.autoModels.enumerated() {
            checkModel(name, at: place["routing"]["auto_models"][index], into: &report)
        }
    }

    /// An alias is no id: a model has one name where it is counted.
    private func checkModel(_ name: String, at place: Place, into report: inout Report) {
        guard catalogue[name]?.id.rawValue != name else { return }
        let nearest = nearestName(to: name, in: catalogue.models.map(\.id.rawValue))
        report.error(
            at: place,
            "`\(name)` is no model's id",
            fix: nearest.map { "did you mean `\($0)`?" } ?? "add the model, or remove it here"
        )
    }
}
