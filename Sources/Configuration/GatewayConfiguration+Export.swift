/// A whole configuration in one document: what `switchyard check` prints and `config export` writes.
private struct Export: Section {
    var settings = Settings()
    var registry = Registry()

    static let fields: [Field<Self>] = [
        Field("settings", \.settings, "As in switchyard.yaml."),
        Field("registry", \.registry, required: true, "As in models.yaml."),
    ]
}

extension GatewayConfiguration {
    /// The effective configuration as YAML: every key with its value, a secret by its variable's name alone.
    ///
    /// ``init(exported:file:environment:)`` reads it back to an equal value.
    public var effectiveText: String { export.yaml }

    /// The settings as the text of a `switchyard.yaml`, every key with its value.
    public var settingsText: String { settings.tree.yaml }

    /// The models as the text of a `models.yaml`.
    public var modelsText: String { registry.tree.yaml }

    /// The effective configuration as one JSON document; it carries no secret either.
    public var exportedJSON: String { export.json() + "\n" }

    /// Reads what ``exportedJSON`` or ``effectiveText`` wrote (JSON is YAML); `file` is its name in errors.
    ///
    /// - Throws: ``ConfigurationErrors`` with all that is wrong.
    public init(exported text: String, file: String, environment: [String: String]) throws(ConfigurationErrors) {
        var report = Report()
        let export = Export.read(text, file: file, into: &report)
        try self.init(
            (export.value.settings, export.place["settings"]),
            (export.value.registry, export.place["registry"]),
            environment: environment,
            report: &report
        )
    }

    /// Reads what another gateway exported, with secrets out of the environment that this configuration was loaded in.
    ///
    /// - Throws: ``ConfigurationErrors`` with all that is wrong.
    public func importing(_ text: String, file: String) throws(ConfigurationErrors) -> GatewayConfiguration {
        try GatewayConfiguration(exported: text, file: file, environment: environment.values)
    }

    private var export: Tree { Export(settings: settings, registry: registry).tree }
}

extension GatewayConfiguration {
    /// The kinds of file, each with a schema.
    public enum FileKind: String, CaseIterable, Sendable {
        /// `switchyard.yaml`
        case settings = "switchyard"
        /// `models.yaml`
        case models
        /// `simulation.yaml`
        case simulation
    }

    /// The JSON Schema (draft 2020-12) of a kind of file, for editors; `Config/schema` holds a copy.
    public static func jsonSchema(for kind: FileKind) -> String {
        let (title, schema) =
            switch kind {
            case .settings: ("Settings of a Switchyard gateway", Settings.schema(defaults: Settings()))
            case .models: ("Models of a Switchyard gateway", Registry.schema(defaults: Registry()))
            case .simulation: ("Simulated backends of Switchyard", SimulationSettings.schema(defaults: .init()))
            }
        let head = Tree.map([
            "$schema": .text("https://json-schema.org/draft/2020-12/schema"), "title": .text(title),
        ])
        return head.merged(with: schema).json() + "\n"
    }
}
