import Domain
import Neural
import Routing
import Testing

@testable import Learning

/// What evaluation says of routers: by parts that they have not seen, by feedback, and by calibration.
@Suite struct FeedbackCurveTests {
    /// Poems are the poet's and proofs the prover's; each topic is a task of its own.
    static func rows(count: Int) -> TrainingRows {
        let topics = ["rain", "snow", "wind", "sun"]
        let outcomes = (0..<count).map { index in
            let isPoem = index % 2 == 0
            let topic = topics[index / 2 % topics.count]
            return Outcome(
                id: "\(index)",
                prompt: "\(isPoem ? "write a poem" : "prove a theorem") about \(topic) number \(index)",
                scores: ["poet": isPoem ? 1 : 0, "prover": isPoem ? 0 : 1],
                task: isPoem ? "poem" : "proof",
                fold: index / 2 % Outcome.foldCount
            )
        }
        return TrainingRows(OutcomeSet(outcomes), evidence: outcomes.map { PromptEvidence(of: $0.prompt) })
    }

    private static func mean(_ rows: TrainingRows) -> any QualityEstimator {
        MeanEstimator(models: zip(rows.set.models, rows.set.means).map { ModelPrior(id: ModelID($0), quality: $1) })
    }

    /// Trained on the other task, the router is wrong about everything; judged answers of this one put it right.
    @Test func judgedAnswersCloseTheGap() throws {
        let rows = Self.rows(count: 160)
        let curve = try FeedbackCurve(rows, counts: [0, 4, 30], isRefitted: true) { part throws(DataError) in
            Self.mean(part)
        }
        let briers = curve.points.map { Calibration(expected: $0.corrected, curve.set).brier }
        #expect(briers[0] > 0.95 && briers[1] < briers[0] - 0.1 && briers[2] < 0.45, "\(briers)")
        // Half of each task's prompts are estimated, and the others judged.
        #expect(curve.set.outcomes.count == 80 && curve.points.map(\.rows) == [0, 4, 30])
        let refitted = curve.points.compactMap(\.refitted).map { Calibration(expected: $0, curve.set).brier }
        try #require(refitted.count == 3)
        #expect(refitted[0] == briers[0] && refitted[2] < refitted[1] && refitted[1] < refitted[0], "\(refitted)")
    }

    /// A judged prompt has one model's score, and is never one of those that are estimated.
    @Test func oneModelAnswersAndNoTestIsLearnedFrom() throws {
        let rows = Self.rows(count: 80)
        var seen: [TrainingRows] = []
        let curve = try FeedbackCurve(rows, counts: [0, 20], models: ["poet"], isRefitted: true) {
            part throws(DataError) in
            seen.append(part)
            return Self.mean(part)
        }
        let tested = Set(curve.set.outcomes.map(\.id))
        for part in seen where part.set.outcomes.count > 40 {
            let judged = part.set.outcomes.dropFirst(40)
            #expect(judged.count == 20 && judged.allSatisfy { $0.scores.keys.first == "poet" && $0.scores.count == 1 })
            #expect(tested.isDisjoint(with: judged.map(\.id)))
        }
        #expect(seen.count == 4)
    }

    /// Each row is estimated by a router that has not learned from its part, whatever a part is.
    @Test(arguments: [CrossValidation.Split.folds(10), .folds(2), .tasks])
    func noRowIsEstimatedByWhatHasLearnedFromIt(split: CrossValidation.Split) throws {
        let rows = Self.rows(count: 80)
        var learned: [Set<String>] = []
        let validation = try CrossValidation(rows, by: split) { part throws(DataError) in
            learned.append(Set(part.set.outcomes.map(\.id)))
            // It says of every prompt which part it is of.
            return MeanEstimator(
                models: part.set.models.map { ModelPrior(id: ModelID($0), quality: Double(learned.count)) }
            )
        }
        for (row, outcome) in rows.set.outcomes.enumerated() {
            let part = Int(validation.expected[row, 0]) - 1
            #expect(!learned[part].contains(outcome.id))
            // And one of the same question on no other side.
            #expect(learned[part].count == (split == .folds(10) ? 72 : 40))
        }
        #expect(validation.durations.count == 80 && validation.durations == validation.durations.sorted())
    }

    /// 2 · √(2/π · 50 · 0.25) / 100 for two tenths with 50 expectations of 0.25 and 0.75 … by hand.
    @Test func exactExpectationsAreOffByChance() {
        let expected = [Double](repeating: 0.25, count: 50) + [Double](repeating: 0.75, count: 50)
        let scores = (0..<100).map { $0 % 4 == 0 || $0 >= 50 ? 1.0 : 0 }
        let calibration = Calibration(expected: expected, scores: scores)
        #expect(abs(calibration.errorByChance - 2 * (2 / Double.pi * 50 * 0.1875).squareRoot() / 100) < 1e-9)
        // Drawn as expected, the error is about as large.
        var generator = SeededGenerator(seed: 3)
        let errors = (0..<400).map { _ in
            Calibration(expected: expected, scores: expected.map { .random(in: 0..<1, using: &generator) < $0 ? 1 : 0 })
                .error
        }
        #expect(abs(errors.reduce(0, +) / 400 - calibration.errorByChance) < 0.005)
    }

    /// Of many models whose expectations are exact, the worst is as far off as the report says it would be by chance.
    @Test func theWorstOfManyIsOffByChance() throws {
        var generator = SeededGenerator(seed: 4)
        let models = (0..<30).map { "model \($0)" }
        func outcomes() -> OutcomeSet {
            OutcomeSet(
                (0..<200).map { row in
                    let scores = models.map { ($0, Double.random(in: 0..<1, using: &generator) < 0.4 ? 1.0 : 0) }
                    return Outcome(id: "\(row)", prompt: "\(row)", scores: Dictionary(uniqueKeysWithValues: scores))
                }
            )
        }
        let expected = Matrix(rows: 200, columns: 30, values: .init(repeating: 0.4, count: 6000))
        let byChance = Calibration.worstErrorByChance(expected: expected, outcomes(), draws: 100)
        let worst = (0..<40).map { _ in Calibration.worst(expected: expected, outcomes()).error }
        #expect(abs(worst.reduce(0, +) / 40 - byChance.value) < 0.006)
        #expect(worst.count { (byChance.low...byChance.high).contains($0) } >= 34)
        // About twice what one model has.
        #expect(
            byChance.value > 2
                * Calibration(expected: .init(repeating: 0.4, count: 200), scores: .init(repeating: 0, count: 200))
                .errorByChance
        )
    }

    /// Hosts spell a model in their own ways: one column, under the spelling of most outcomes.
    @Test func oneModelHasOneColumn() throws {
        let set = OutcomeSet([
            Outcome(id: "1", prompt: "x", scores: ["Org/My-Model-7B": 1, "other": 0]),
            Outcome(id: "2", prompt: "y", scores: ["my-model-7b@host": 0.5]),
            Outcome(id: "3", prompt: "z", scores: ["my-model-7b@host": 0.25, "my-model-70b": 1]),
        ])
        #expect(set.models == ["my-model-70b", "my-model-7b@host", "other"])
        #expect(set.scores[0, 1] == 1 && set.scores[1, 1] == 0.5 && set.scores[2, 1] == 0.25 && set.scores[2, 0] == 1)
        #expect(try set.column(of: "MY_MODEL_7B") == 1)
        #expect(throws: DataError.unknownModel(name: "theirs")) { try set.column(of: "theirs") }
    }
}
