import Configuration
import Domain
import Testing

/// What settings and registry say of energy and grids, and what is refused of it.
@Suite struct CarbonSettingsTests {
    private func problems(settings: String) -> String {
        do throws(ConfigurationErrors) {
            _ = try Settings(yaml: settings, file: "s.yaml")
            return ""
        } catch {
            return error.description
        }
    }

    private func energy(_ fields: String) throws(ConfigurationErrors) -> EnergyProfile? {
        let yaml =
            "models: [{ id: a, base_url: \"http://h/v1\", prices: { input: 1, output: 1 }, energy: { \(fields) } }]"
        return try Registry(yaml: yaml, file: "m.yaml").catalogue["a"]?.energy
    }

    @Test func everyFieldArrives() throws {
        let profile = try #require(
            try energy(
                """
                model: profile, profile: Qwen/Qwen3-8B, task: reasoning, machine: 2xB200, host_watts_per_accelerator: 150,
                parameters_billions: 8, active_billions: 3, bits: 8, watts: 900, embodied_grams_per_hour: 12,
                pue: 1.1, zone: DE, grams_per_kwh: 380
                """
            )
        )
        #expect((profile.method, profile.profileName, profile.task) == (.profile, "Qwen/Qwen3-8B", .reasoning))
        #expect(profile.size == .init(billions: 8, activeBillions: 3, bits: 8))
        #expect((profile.hardware.machine, profile.hardware.hostWattsPerAccelerator) == ("2xB200", 150))
        #expect((profile.hardware.watts, profile.hardware.embodiedGramsPerHour) == (900, 12))
        #expect(profile.hardware.isDedicated, "one's own machine")
        #expect((profile.zone, profile.gramsPerKilowattHour, profile.powerUsageEffectiveness) == ("DE", 380, 1.1))
    }

    /// Hosted models serve others too, so that the requests of this gateway are not their batch.
    @Test func onlyOnesOwnMachineIsDedicated() throws {
        #expect(try energy("machine: H100, dedicated: false")?.hardware.isDedicated == false)
        #expect(try energy("watts: 100")?.hardware.isDedicated == false)
        let hosted = "models: [{ id: a, provider: openai, prices: { input: 1, output: 1 }, energy: { machine: H100 } }]"
        #expect(try Registry(yaml: hosted, file: "").catalogue["a"]?.energy.hardware.isDedicated == false)
    }

    @Test(arguments: [
        ("model: profile, machine: H100", "`model: profile` needs `profile`"),
        ("model: profile, profile: a/b", "`model: profile` needs `machine`"),
        ("model: regression", "needs `parameters_billions`"), ("model: ecologits", "needs `parameters_billions`"),
        ("machine: 0xH100", "is not a machine"), ("machine: 4x", "is not a machine"),
        ("parameters_billions: 8, active_billions: 9", "is above parameters_billions"),
    ])
    func refusesWhatDoesNotGoTogether(fields: String, problem: String) {
        #expect { try energy(fields) } throws: { "\($0)".contains(problem) && "\($0)".contains("m.yaml:") }
    }

    @Test(arguments: [
        ("{ kind: csv, zones: [DE] }", "needs `path`"),
        ("{ kind: csv, path: a.csv, zones: [DE, FR] }", "a file is of one zone"),
        ("{ kind: static, zones: [DE] }", "needs `grams_per_kwh`"),
        ("{ kind: electricity_maps, zones: [DE] }", "needs `token_variable`"),
        ("{ kind: uk, zones: [GB-18] }", "is not GB or GB-1 to GB-17"),
        ("{ kind: electricity_maps, token_variable: T, zones: [a/b] }", "is no zone"),
        ("{ kind: uk, zones: [GB] }, { kind: static, grams_per_kwh: 1, zones: [GB] }", "has a source already"),
    ])
    func refusesSourcesThatCannotBeAsked(sources: String, problem: String) {
        let text = problems(settings: "carbon: { sources: [\(sources)] }")
        #expect(text.contains(problem) && text.contains("s.yaml:1"), "\(text)")
    }

    /// The token is never in the settings, and its variable is taken from the environment.
    @Test func aSourcesTokenIsASecret() throws {
        let settings = "carbon: { sources: [{ kind: electricity_maps, token_variable: MAPS, zones: [DE] }] }"
        let models = "models: [{ id: a, provider: simulated, prices: { input: 1, output: 1 }, energy: {} }]"
        func load(_ environment: [String: String]) throws(ConfigurationErrors) -> GatewayConfiguration {
            try GatewayConfiguration(settingsYAML: settings, modelsYAML: models, environment: environment)
        }
        let known = try load(["MAPS": "canary-7261"])
        #expect(known.secret(in: "MAPS")?.reveal() == "canary-7261")
        #expect(!known.effectiveText.contains("canary") && !known.exportedJSON.contains("canary"))
        #expect(try load([:]).warnings.contains { "\($0)".contains("MAPS is not set: the source is not asked") })
    }
}
