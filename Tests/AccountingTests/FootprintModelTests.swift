import Accounting
import Domain
import Testing

/// How a model's entry becomes its footprint: before a request, in a budget, and afterwards.
@Suite struct FootprintModelTests {
    private func profile(_ change: (inout EnergyProfile) -> Void = { _ in }) -> EnergyProfile {
        var profile = EnergyProfile(
            joulesPerInputToken: 0.1,
            joulesPerOutputToken: 1,
            powerUsageEffectiveness: 1.2,
            gramsPerKilowattHour: nil
        )
        change(&profile)
        return profile
    }

    private static let measured = "meta-llama/Llama-3.1-8B-Instruct"

    private func measured(_ hosts: (inout EnergyProfile) -> Void = { _ in }) -> EnergyProfile {
        profile {
            $0.method = .profile
            $0.profileName = Self.measured
            $0.hardware.machine = "1xH100"
            hosts(&$0)
        }
    }

    @Test func namesTheNearestProfileAndTheMachinesThatThereAre() throws {
        let misspelt = measured { $0.profileName = "meta-llama/Llama-3.1-8B-Instruc" }
        #expect(throws: EnergyModelError.profileUnknown("meta-llama/Llama-3.1-8B-Instruc", nearest: Self.measured)) {
            try FootprintModel(misspelt)
        }
        #expect {
            try FootprintModel(measured { $0.hardware.machine = "3xA100" })
        } throws: { error in
            "\(error)".hasPrefix("`\(Self.measured)` was not measured on 3xA100, but on ")
        }
        #expect(throws: EnergyModelError.sizeMissing) { try FootprintModel(profile { $0.method = .regression }) }
        #expect(throws: EnergyModelError.machineInvalid("0xH100")) {
            try FootprintModel(profile { $0.hardware.machine = "0xH100" })
        }
    }

    /// Each request bears its share, the account and the estimate before it alike; a meter has seen it already, and an
    /// attempt that no model answered had none loaded.
    @Test func aRequestBearsItsShareOfTheLoading() throws {
        let grid = GridIntensity(declared: 360)
        func parts(_ model: FootprintModel, tokens: Int = 100, metered: Double? = nil) -> Footprint {
            let load = RequestLoad(inputTokens: tokens, outputTokens: tokens, concurrency: nil)
            return model.footprint(of: load, meteredJoules: metered, router: .zero, at: grid)
        }
        let resident = try FootprintModel(profile())
        #expect(parts(resident)[.modelLoading] == .zero)
        // 50 J, times 1.2, at 0.1 mg a joule.
        let loaded = try FootprintModel(profile { $0.loadingJoulesPerRequest = 50 })
        let loading = parts(loaded)[.modelLoading]
        #expect((loading.central.micrograms, loading.provenance) == (6000, .declared))
        #expect(loading.low < loading.central && loading.central < loading.high)
        #expect(parts(loaded, tokens: 0)[.modelLoading] == .zero)
        #expect(parts(loaded, metered: 900)[.modelLoading] == .zero)
        let (with, without) = (loaded.rate(at: grid), resident.rate(at: grid))
        let difference =
            with.estimate(inputTokens: 7, outputTokens: 9).central.micrograms
            - without.estimate(inputTokens: 7, outputTokens: 9).central.micrograms
        #expect(difference == 6000)
        func bound(_ model: FootprintModel) -> Carbon {
            model.bound(duration: .seconds(1), at: grid).amounts(inputTokens: 100, outputTokens: 100).carbon
        }
        #expect(bound(loaded).micrograms - bound(resident).micrograms == 6000)
        let metered = try FootprintModel(
            profile {
                $0.loadingJoulesPerRequest = 50
                $0.hardware.watts = 700
            }
        )
        #expect(metered.rate(at: grid).microgramsPerRequest == 0)
    }

    /// Reading, then the operator's figure, then the country's mean, then the world's range: never nothing.
    @Test func goesDownTheChainOfIntensities() throws {
        var book = IntensityBook()
        let reading = try #require(IntensityReading(start: 0, seconds: 3600, gramsPerKilowattHour: 50, kind: .measured))
        book.record([reading], zone: "FR")
        let french = try FootprintModel(
            profile {
                $0.zone = "FR"; $0.gramsPerKilowattHour = 80
            }
        )
        #expect(french.intensity(in: book, at: 1800).basis == .current)
        #expect(french.intensity(in: book, at: 7200).basis == .lastKnown)
        #expect(french.intensity(in: book, at: 10_000_000) == GridIntensity(declared: 80))
        let undeclared = try FootprintModel(profile { $0.zone = "FR" })
        #expect(undeclared.intensity(in: book, at: 10_000_000).basis == .country)
        for zone in [nil, "ATLANTIS"] {
            let intensity = try FootprintModel(profile { $0.zone = zone }).intensity(in: book, at: 1800)
            #expect(intensity == .world)
            #expect(intensity.low > 0 && intensity.high > 40 * intensity.low, "wide, and never zero")
        }
    }

    /// 500 J in, 300 J out, times 1.2, at 300 g/kWh: 80 mg; a tenth of an hour on a machine of 36 g/h alone: 3.6 g.
    @Test func addsUpDataCentreGridAndMachine() throws {
        let model = try FootprintModel(
            profile {
                $0.gramsPerKilowattHour = 300
                $0.hardware.embodiedGramsPerHour = 36
                $0.hardware.isDedicated = true
            }
        )
        let load = RequestLoad(inputTokens: 5000, outputTokens: 300, concurrency: 1, duration: .seconds(360))
        let footprint = model.footprint(
            of: load,
            meteredJoules: nil,
            router: .zero,
            at: model.intensity(in: IntensityBook(), at: 0)
        )
        #expect(footprint.energy.total.central == 960)
        #expect(footprint[.prompt].central == Carbon(micrograms: 50_000))
        #expect(footprint[.generation].central == Carbon(micrograms: 30_000))
        #expect(footprint[.embodied].central == Carbon(micrograms: 3_600_000))
        #expect(footprint.carbon.provenance == .modelled)
    }

    /// What a meter gave is kept to the joule, and divided as the model divides its own.
    @Test func keepsWhatAMeterGave() throws {
        let model = try FootprintModel(profile { $0.hardware.watts = 400 })
        let load = RequestLoad(inputTokens: 1000, outputTokens: 300, concurrency: 4)
        let split = model.footprint(of: load, meteredJoules: 40, router: .zero, at: .world).energy
        #expect(abs(split.total.central - 48) < 1e-9)
        #expect(abs(split.prompt.central - 12) < 1e-9, "100 J of 400 J")
        #expect(split.generation.provenance == .declared)
        #expect(split.total.low < 48 && split.total.high > 48)
    }

    /// A hold covers what the tokens turn out to take, whichever the method and however many share the machine.
    @Test func neverHoldsLessThanTheTokensTake() throws {
        let profiles = [
            profile(), measured(), measured { $0.hardware.isDedicated = true },
            profile {
                $0.method = .regression; $0.size.billions = 70; $0.hardware.isDedicated = true
            },
            profile {
                $0.method = .ecoLogits; $0.size.billions = 8
            },
        ]
        var generator = SeededGenerator(seed: 7)
        let intensity = GridIntensity(declared: 400)
        for profile in profiles {
            let model = try FootprintModel(profile)
            for _ in 0..<500 {
                let (input, output) = (
                    Int.random(in: 0...50_000, using: &generator), Int.random(in: 0...20_000, using: &generator)
                )
                let bound = model.bound(duration: .seconds(60), at: intensity)
                    .amounts(inputTokens: input, outputTokens: output)
                let load = RequestLoad(
                    inputTokens: Int.random(in: 0...input, using: &generator),
                    outputTokens: Int.random(in: 0...output, using: &generator),
                    concurrency: model.isDedicated ? .random(in: 1...300, using: &generator) : nil,
                    duration: .seconds(60)
                )
                let actual = model.footprint(of: load, meteredJoules: nil, router: .zero, at: intensity)
                #expect(actual.energy.total.energy <= bound.energy)
                #expect(actual.carbon.central <= bound.carbon)
            }
        }
    }

    /// A machine of declared watts may have nothing else to do: all that it draws is held, on a clean grid as well.
    @Test func holdsWhatDeclaredWattsComeTo() throws {
        let model = try FootprintModel(profile { $0.hardware.watts = 500 })
        for grams in [0, 400.0] {
            let bound = model.bound(duration: .seconds(60), at: GridIntensity(declared: grams))
            // With the data centre's 1.2; and where the tokens take more than 30,000 J, that.
            #expect(bound.amounts(inputTokens: 10, outputTokens: 10).energy == Energy(joules: 36_000))
            #expect(bound.amounts(inputTokens: 0, outputTokens: 100_000).energy == Energy(joules: 120_000))
        }
    }

    /// The estimate before a request is the account after it, for a table of joules.
    @Test func estimatesWhatItAccountsFor() throws {
        let model = try FootprintModel(profile { $0.gramsPerKilowattHour = 400 })
        let outlook = GridOutlook(model, at: model.intensity(in: IntensityBook(), at: 0))
        let estimate = outlook.rate.estimate(inputTokens: 1234, outputTokens: 567)
        let load = RequestLoad(inputTokens: 1234, outputTokens: 567, concurrency: nil)
        let actual = model.footprint(of: load, meteredJoules: nil, router: .zero, at: outlook.intensity).carbon
        #expect(abs(estimate.central.micrograms - actual.central.micrograms) <= 1)
        #expect(abs(estimate.high.micrograms - actual.high.micrograms) <= 3)
    }
}
