public import Domain

/// All that the gateway is told at its start or reload: settings, models and secrets, checked together; immutable.
public struct GatewayConfiguration: Sendable {
    /// How the process behaves.
    public let settings: Settings
    /// The models as the file has them.
    public let registry: Registry
    /// The models as the gateway uses them.
    public let catalogue: Catalogue
    /// The price list that is in force, if settings name one.
    public let priceList: PriceList?
    /// The secrets that the environment holds, by the variables that settings and models name.
    public let secrets: [String: Secret]
    /// Where secrets come from that another configuration may name.
    let environment: Environment
    /// What an operator should know, and the gateway can live with.
    public private(set) var warnings: [Problem] = []

    /// Reads both files, or the built-in ones for those that have no path, and takes secrets from `environment`.
    ///
    /// - Throws: ``ConfigurationErrors`` with all that is wrong in both.
    public static func load(
        settingsPath: String?,
        modelsPath: String?,
        environment: [String: String]
    ) throws(ConfigurationErrors) -> GatewayConfiguration {
        var report = Report()
        let settings = Settings.read(path: settingsPath, default: .settings, into: &report)
        let registry = Registry.read(path: modelsPath, default: .models, into: &report)
        return try GatewayConfiguration(settings, registry, environment: environment, report: &report)
    }

    /// Reads the texts of both files, as ``load(settingsPath:modelsPath:environment:)`` does.
    ///
    /// - Throws: ``ConfigurationErrors`` with all that is wrong in both.
    public init(
        settingsYAML: String,
        modelsYAML: String,
        environment: [String: String]
    ) throws(ConfigurationErrors) {
        var report = Report()
        let settings = Settings.read(settingsYAML, file: "settings", into: &report)
        let registry = Registry.read(modelsYAML, file: "models", into: &report)
        try self.init(settings, registry, environment: environment, report: &report)
    }

    /// The secret in the environment variable `variable`, if a setting names it and it is set.
    public func secret(in variable: String) -> Secret? { secrets[variable] }

    /// Whether `model` has the key that it needs.
    public func hasKey(for model: Model) -> Bool { model.keyVariable.map { secrets[$0] != nil } ?? true }

    init(
        _ settings: (value: Settings, place: Place),
        _ registry: (value: Registry, place: Place),
        environment: [String: String],
        report: inout Report
    ) throws(ConfigurationErrors) {
        self.settings = settings.value
        self.registry = registry.value
        priceList = PriceFile.read(settings.value, registry.value, at: settings.place, into: &report)
        catalogue = registry.value.catalogue(pricedBy: priceList)
        self.environment = Environment(values: environment)
        secrets = Self.secrets(for: settings.value, catalogue, in: environment)
        checkKeys(at: settings.place, into: &report)
        checkModels(at: registry.place, into: &report)
        checkNames(at: settings.place, into: &report)
        checkCarbon(at: settings.place, into: &report)
        try report.check()
        warnings = report.warnings
    }
}

/// The environment's variables, which may hold any secret: not shown by reflection, descriptions or logs.
struct Environment: Sendable, CustomStringConvertible, CustomReflectable {
    let values: [String: String]

    var description: String { "<environment>" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
