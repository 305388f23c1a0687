import Foundation
import Testing

@testable import Configuration

@Suite struct PlanCompositionTests {
    /// The tree that comes along, and every option in it.
    private static let shipped = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Config/plan").standardizedFileURL.path

    private func settings(_ overrides: String...) throws -> ExperimentSettings {
        let jobs = try PlanComposition(folders: [Self.shipped]).jobs(overrides)
        try #require(jobs.count == 1)
        return jobs[0].settings
    }

    @Test func withoutArgumentsItIsTheFullPlanForHalfTheQuality() throws {
        let settings = try settings()
        #expect(settings.optimizer.name == .full)
        #expect(settings.qualityTarget == 0.5)
        #expect(settings.validityHours == 24)
        #expect(settings.seed == 0)
        #expect(settings.fleet.preset == "paper")
        #expect(settings.userGroups.premiumPercent == 0)
    }

    @Test func optionsAreFilesOfTheirGroup() throws {
        let settings = try settings(
            "optimizer=greedy",
            "mode=constant",
            "lt_frequency=12",
            "user_groups=p25",
            "fleet=mle"
        )
        #expect(settings.optimizer.name == .greedy)
        #expect(settings.optimizer.mode == .constant)
        #expect(settings.optimizer.refreshHours == 12)
        #expect(settings.userGroups.premiumPercent == 25)
        #expect(settings.fleet.preset == "mle")
        // The original's mixes need no file each.
        #expect(try self.settings("user_groups=p65").userGroups.premiumPercent == 65)
    }

    /// A key is as good within its group; what is said last wins, in whatever order.
    @Test func overridesReachIntoGroups() throws {
        let settings = try settings(
            "optimizer.horizon=48",
            "optimizer=qt_online",
            "optimizer.oracle=true",
            "qor_target=0.6"
        )
        #expect(settings.optimizer.name == .online)
        #expect(settings.optimizer.horizon == 48)
        #expect(settings.optimizer.oracle)
        #expect(settings.qualityTarget == 0.6)
        #expect(settings.optimizer.timeLimit == 10)
    }

    @Test func everyOptionThatComesAlongIsSound() throws {
        for group in ["optimizer", "user_groups", "fleet"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(Self.shipped)/\(group)")
            #expect(names.count >= 4)
            for name in names {
                #expect(throws: Never.self) { try settings("\(group)=\(name.dropLast(5))") }
            }
        }
    }

    /// Lists with commas: every combination, in the order of the last key first; brackets keep their commas.
    @Test func commasMakeEveryCombination() throws {
        let jobs = try PlanComposition(folders: [Self.shipped]).jobs([
            "vp=1,24,168", "optimizer=qt,greedy", "result_dir=x",
        ])
        #expect(jobs.count == 6)
        #expect(jobs.map(\.name).prefix(2) == ["vp=1,optimizer=qt", "vp=1,optimizer=greedy"])
        #expect(Set(jobs.map(\.settings)).count == 6)
        let list = "fleet.tiers=[{name: a, quality: 0}, {name: b, quality: 1}]"
        let listed = try PlanComposition(folders: [Self.shipped]).jobs(["fleet.preset=null", list])
        #expect(listed.count == 1 && listed[0].settings.fleet.tiers.map(\.name) == ["a", "b"])
    }

    /// Where results are kept does not make another experiment; anything else does.
    @Test func yamlTellsExperimentsApart() throws {
        #expect(try settings("result_dir=a").yaml == settings("result_dir=b").yaml)
        #expect(try settings("seed=1").yaml != settings("seed=2").yaml)
    }

    @Test(arguments: [
        ("vp=0", "vp"), ("vpp=1", "did you mean"), ("vp", "no override"), ("vp=", "lacks"), ("=1", "lacks"),
        ("qor_target=1.1", "above"), ("optimizer=none", "optimizer/none.yaml"),
        ("fleet=none", "fleet= one of bought, five_tiers"),
        ("vp=0", "<vp=0>: vp: 0 is below 1"), ("horizon=0", "<horizon=0>: optimizer.horizon"),
        ("optimizer=../x", "no option's name"),
        ("optimizer.nmae=qt", "did you mean"), ("fleet.tiers=[{name: a, quality: 0}]", "both"),
        ("seed=\(Array(repeating: "1", count: 10_001).joined(separator: ","))", "combinations"),
    ])
    func saysWhatIsWrong(override: String, words: String) throws {
        let composition = try PlanComposition(folders: [Self.shipped])
        do {
            _ = try composition.jobs([override])
            Issue.record("\(override.prefix(40)) was taken")
        } catch {
            #expect(error.description.contains(words), "\(error.description)")
        }
    }

    @Test func aTreeThatIsNotThereIsNamed() {
        do {
            _ = try PlanComposition(folders: ["/nowhere", "/neither"])
            Issue.record("it was taken")
        } catch {
            #expect(error.description.contains("/nowhere/config.yaml, nor /neither/config.yaml"))
            #expect(error.description.contains("--config"))
        }
    }

    @Test func theFirstTreeThatIsThereIsTaken() throws {
        let jobs = try PlanComposition(folders: ["/nowhere", Self.shipped]).jobs(["vp=48"])
        #expect(jobs.map(\.settings.validityHours) == [48])
    }

    @Test(arguments: [
        (["optimizer.horizon=0", "optimizer=qt_online"], "<optimizer.horizon=0>: optimizer.horizon"),
        (["seed=1", "foo.bar=1"], "<foo.bar=1>: foo: unknown key"),
    ])
    func whatIsWrongIsSaidOfTheOverrideThatMadeIt(overrides: [String], words: String) throws {
        let composition = try PlanComposition(folders: [Self.shipped])
        let error = #expect(throws: ConfigurationErrors.self) { try composition.jobs(overrides) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
}
