/// The built-in files for a command that starts simulated backends, and a gateway before them, for itself alone.
extension SimulationSettings {
    /// The built-in models on a free port of this machine, which know `answers` by their skill.
    public static func onFreePort(knowing answers: [KnownAnswer]) throws(ConfigurationErrors) -> SimulationSettings {
        var settings = try load(path: nil)
        (settings.address, settings.answers) = ("127.0.0.1:0", answers)
        return settings
    }
}

extension GatewayConfiguration {
    /// The built-in files on a free port of this machine, without administration, keys from the environment and tenants.
    ///
    /// - Parameters:
    ///   - url: Where the models are.
    ///   - folder: What the process writes goes there.
    /// - Returns: The configuration; relative paths in it, such as a router's, are from where the command runs.
    /// - Throws: ``ConfigurationErrors``.
    public static func onFreePort(
        modelsAt url: String,
        stateIn folder: String
    ) throws(ConfigurationErrors) -> GatewayConfiguration {
        var report = Report()
        var settings = Settings.read(path: nil, default: .settings, into: &report)
        var registry = Registry.read(path: nil, default: .models, into: &report)
        settings.value.api.addresses = ["127.0.0.1:0"]
        settings.value.admin.addresses = []
        settings.value.stateDirectory = folder
        for index in registry.value.entries.indices { registry.value.entries[index].baseURL = url }
        return try GatewayConfiguration(settings, registry, environment: [:], report: &report)
    }
}
