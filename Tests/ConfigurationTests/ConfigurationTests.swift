import Configuration
import Domain
import Foundation
import Testing

@Suite struct ConfigurationTests {
    /// The gateway starts with no file and no environment at all, on this machine only.
    @Test func builtInFilesLoad() throws {
        let configuration = try GatewayConfiguration.load(settingsPath: nil, modelsPath: nil, environment: [:])
        #expect(configuration.catalogue.models.map(\.id.rawValue).first == "sim-small")
        #expect(configuration.settings.api.addresses == ["127.0.0.1:8080"])
        #expect(configuration.settings.admin.addresses == ["127.0.0.1:8081"])
        #expect(configuration.settings.ledgerPath == ".switchyard/switchyard.db")
        // Nothing to warn of but the admin token, without which administration refuses.
        #expect(configuration.warnings.map(\.keyPath) == ["admin_token_variable"])
        #expect(configuration.warnings.first?.line != nil)
    }

    /// The shipped settings say the defaults: they cannot drift from those at the properties.
    @Test func shippedSettingsAreTheDefaults() throws {
        let shipped = try Settings(yaml: text(of: "Config/switchyard.yaml"), file: "Config/switchyard.yaml")
        #expect(shipped == Settings())
    }

    @Test func builtInFilesAreTheShippedOnes() throws {
        let builtIn = try GatewayConfiguration.load(settingsPath: nil, modelsPath: nil, environment: [:])
        #expect(try Registry(yaml: text(of: "Config/models.yaml"), file: "") == builtIn.registry)
        #expect(
            try SimulationSettings.load(path: nil)
                == SimulationSettings(yaml: text(of: "Config/simulation.yaml"), file: "")
        )
    }

    /// What is printed is what is in force, in YAML and in JSON.
    @Test func effectiveConfigurationLoadsBackToTheSame() throws {
        let configuration = try GatewayConfiguration.load(settingsPath: nil, modelsPath: nil, environment: [:])
        for text in [configuration.effectiveText, configuration.exportedJSON] {
            let again = try GatewayConfiguration(exported: text, file: "export", environment: [:])
            #expect(again.settings == configuration.settings)
            #expect(again.registry == configuration.registry)
            #expect(again.catalogue == configuration.catalogue)
        }
    }
}
