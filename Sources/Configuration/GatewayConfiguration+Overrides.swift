/// Models that are changed while the gateway runs, over those of the models file.
extension GatewayConfiguration {
    /// The configuration with other models: each of `overrides` is one as the models file has it, JSON, in place of that
    /// of its id or behind all others; `nil` leaves the model out.
    ///
    /// - Throws: ``ConfigurationErrors`` with all that is wrong, as a models file with these entries would be.
    public func overriding(
        _ overrides: [(id: String, entry: String?)]
    ) throws(ConfigurationErrors) -> GatewayConfiguration {
        guard !overrides.isEmpty else { return self }
        var report = Report()
        var registry = registry
        for (id, text) in overrides {
            let place = registry.entries.firstIndex { $0.id == id }
            guard let text else {
                if let place { registry.entries.remove(at: place) }
                continue
            }
            let (entry, root) = ModelEntry.read(text, file: "<model \(id)>", into: &report)
            if entry.id != id { report.error(at: root["id"], "is not `\(id)`", fix: "name one model") }
            if let place { registry.entries[place] = entry } else { registry.entries.append(entry) }
        }
        let models = Place(file: "<models>")
        if registry.entries.isEmpty { report.error(at: models, "no model is left", fix: "add one first") }
        registry.check(at: models, into: &report)
        return try GatewayConfiguration(
            (settings, Place(file: "<settings>")),
            (registry, models),
            environment: environment.values,
            report: &report
        )
    }
}
