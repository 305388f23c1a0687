import Domain
import Foundation
import Learning
import Neural
import Routing
import Testing

@Suite struct TrainingPromptsTests {
    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        try body(path)
    }

    private static let examples = (0..<40).map { index in
        LabelledPrompt(id: "\(index)", prompt: "p\(index)", label: index.isMultiple(of: 4) ? "code" : "light")
    }

    @Test func holdsATenthBackWhereNothingElseValidates() throws {
        let prompts = try TrainingPrompts(Self.examples, validation: nil, seed: 1)
        #expect(prompts.examples.count == 36 && prompts.validation.count == 4)
        #expect(Set(prompts.examples).isDisjoint(with: prompts.validation))
        #expect(prompts.names == ["code", "light"])
        // The synthetic set's categories are known where no tier is told.
        #expect(prompts.tiers == [.heavy, .light])
        let given = try TrainingPrompts(Self.examples, validation: Array(Self.examples.prefix(3)), seed: 1)
        #expect(given.examples == Array(0..<40) && given.validation == [40, 41, 42])
    }

    @Test func refusesWhatTeachesNothing() {
        #expect(throws: TrainingError.self) {
            try TrainingPrompts(Array(Self.examples.prefix(1)), validation: nil, seed: 1)
        }
        let twice = [Tier.light, .heavy, .light].map { LabelledPrompt(id: "", prompt: "", label: "a", tier: $0) }
        let other = LabelledPrompt(id: "", prompt: "", label: "b")
        #expect(throws: TrainingError.self) { try TrainingPrompts(twice + [other], validation: nil, seed: 1) }
        #expect(throws: TrainingError.self) { try TrainingPrompts([Outcome](), validation: nil, seed: 1) }
    }

    @Test func readsTheClassDataThatItWrites() throws {
        let lines =
            #"{"id":"a","prompt":"Hi","label":"light","tier":"light"}"# + "\n" + #"{"prompt":"x","label":"code"}"#
        try withFile(lines) { path in
            let prompts = try LabelledPrompt.read(path: path)
            #expect(prompts.map(\.id) == ["a", "2"])
            let isClassData = try LabelledPrompt.isClassData(path: path)
            #expect(isClassData)
        }
        try withFile(#"{"prompt":"x"}"#) { path in
            #expect(throws: DataError.malformed(path: path, line: 1, reason: "label is missing")) {
                try LabelledPrompt.read(path: path)
            }
            let isClassData = try LabelledPrompt.isClassData(path: path)
            #expect(!isClassData)
        }
    }

    @Test func readsDemandsOfEveryModel() throws {
        try withFile("model,carbon,cost,latency\nb,2,4,8\na,1,1,2\n") { path in
            let reward = try RoutingReward(demands: path, models: ["a", "b"])
            #expect(reward.carbonShares == [0.5, 1])
            #expect(throws: DataError.self) { try RoutingReward(demands: path, models: ["c"]) }
        }
        for line in ["a,1,1", "a,1,-1,1", "a,1,x,1", "a,1,1,inf"] {
            try withFile(line) { path in
                #expect(throws: DataError.self) { try RoutingReward(demands: path, models: ["a"]) }
            }
        }
    }

    /// A head that knows the answer has it right; one that puts the wrong model first has not.
    @Test func metricsTellGoodHeadsFromBad() {
        let scores = Matrix(rows: 2, columns: 2, values: [1, 0, 0, .nan])
        let data = HeadData(
            features: Matrix(rows: 2, columns: 1, values: [1, 1]),
            layers: [0],
            targets: .scores(scores),
            names: ["a", "b"],
            tiers: []
        )
        func head(_ weights: [Float]) -> TrainedHead {
            let layer = DenseLayer(
                weight: Matrix(rows: 2, columns: 1, values: weights),
                bias: Matrix(rows: 1, columns: 2),
                activation: .none
            )
            let one = Matrix(rows: 1, columns: 1, values: [1])
            return TrainedHead(
                kind: .bert,
                output: .scores,
                names: ["a", "b"],
                tiers: [],
                layers: [0],
                members: [DenseNetwork([layer])],
                means: one,
                scales: one,
                distanceMax: 1
            )
        }
        let good = HeadMetrics(head([1, -1]), on: data, rows: [0, 1]).values
        #expect(good["routed_score"] == 0.5 && good["best_single_score"] == 0.5 && good["prompts"] == 2)
        #expect(HeadMetrics(head([-1, 1]), on: data, rows: [0]).values["routed_score"] == 0)
    }
}
