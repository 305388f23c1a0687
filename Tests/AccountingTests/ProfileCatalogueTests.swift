@testable import Accounting
import Domain
import Testing

/// The measured errors that the documentation states, from the data that the program carries.
@Suite struct ProfileCatalogueTests {
    private let catalogue = ProfileCatalogue.embedded

    @Test func holdsAllOfTheMeasurements() {
        #expect(catalogue.entries.count == 66)
        #expect(catalogue.entries.reduce(0) { $0 + $1.measurements.count } == 515)
        #expect(catalogue.models.count == 24)
        #expect(catalogue.machines(of: "meta-llama/Llama-3.1-70B-Instruct").map(\.description) == ["2xB200", "4xH100"])
    }

    @Test func findsAModelOnAMachine() throws {
        let machine = try #require(Machine("4xH100"))
        let profile = try #require(catalogue.profile(of: "meta-llama/Llama-3.1-70B-Instruct", on: machine))
        // The row of batch 63.79: 0.797249 J a token.
        #expect(abs(profile.joulesPerToken(atBatch: 63.79) - 0.797249) < 1e-4)
        #expect(catalogue.profile(of: "meta-llama/Llama-3.1-70B-Instruct", on: try #require(Machine("H100"))) == nil)
        #expect(catalogue.profile(of: "nobody/nothing", on: machine) == nil)
    }

    /// Leaving one measurement out, and finding it from the others of the same model and machine.
    @Test func errsByAtMostSixPercentWhereTheModelWasMeasured() {
        var (sum, worst, count) = (0.0, 0.0, 0)
        for entry in catalogue.entries {
            for left in entry.measurements.indices {
                var others = entry.measurements
                let truth = others.remove(at: left)
                guard let profile = MeasuredProfile(machine: entry.profile.machine, points: others),
                    profile.points.count > 1
                else { continue }
                let error = abs(profile.joulesPerToken(atBatch: truth.batch) / truth.joulesPerToken - 1)
                (sum, worst, count) = (sum + error, max(worst, error), count + 1)
            }
        }
        #expect(count >= 510)
        #expect(sum / Double(count) <= 0.06)
        // The figure in the documentation, and no point lost in the parsing.
        #expect(abs(sum / Double(count) - 0.0456) < 0.0005)
        #expect(worst < 0.6)
    }

    /// Bands of nine in ten are nine in ten.
    @Test func givesIntervalsThatHoldTheTruth() {
        var (inside, count) = (0.0, 0.0)
        for entry in catalogue.entries {
            for left in entry.measurements.indices {
                var others = entry.measurements
                let truth = others.remove(at: left)
                guard let profile = MeasuredProfile(machine: entry.profile.machine, points: others) else { continue }
                let load = RequestLoad(inputTokens: 0, outputTokens: 1, concurrency: truth.batch)
                let estimate = profile.use(of: load, hostWattsPerAccelerator: 0).generation
                count += 1
                if estimate.low <= truth.joulesPerToken, truth.joulesPerToken <= estimate.high {
                    inside += 1
                }
            }
        }
        #expect(inside / count >= 0.88)
    }

    /// Whatever a broken table says, there is no profile of it rather than a wrong one.
    @Test(arguments: ["", "#", ",,,,,,", "chat,m,H100,x,16,8,8\n 8,1,1,1", "chat,m,H100,1,16,8,8\n 8,1,1", " 8,1,1,1"])
    func passesOverWhatIsNoProfile(text: String) {
        #expect(ProfileCatalogue(parsing: Array(text.utf8)).entries.isEmpty)
    }
}
