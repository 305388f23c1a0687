import Domain
import Foundation
import Routing
import Testing

@testable import Learning

/// A router is promoted if it is better by more than chance on answers that it has not learned from.
@Suite struct PromotionTests {
    /// Expects the same of every prompt.
    private struct Constant: QualityEstimator {
        let models: [ModelID]
        let layers: [Int] = []
        let expected: Double

        init(_ expected: Double, of models: [String] = ["a", "b"]) {
            (self.expected, self.models) = (expected, models.map { ModelID($0) })
        }

        func estimate(_: PromptEvidence) -> PromptEstimate {
            let quality = QualityEstimate(expected: expected, deviation: 0)
            return PromptEstimate(qualities: models.map { _ in quality }, confidence: 1)
        }
    }

    /// Answers of one model each, with score 1 in `share` of them.
    private static func answers(_ count: Int, share: Double = 0.8) -> TrainingRows {
        let outcomes = (0..<count).map { index in
            let score = Double(index % 10) < share * 10 ? 1.0 : 0
            return Outcome(id: "\(index)", prompt: "prompt \(index)", scores: [index % 3 == 0 ? "b" : "a": score])
        }
        return TrainingRows(OutcomeSet(outcomes), evidence: outcomes.map { PromptEvidence(of: $0.prompt) })
    }

    /// Errors of 0.8 · 0.2² + 0.2 · 0.8² = 0.16 and 0.8 · 0.5² + 0.2 · 0.5² = 0.25.
    @Test func theErrorsAreThoseOfTheModelsThatAnswered() throws {
        let promotion = try #require(
            Promotion(of: Constant(0.8), over: Constant(0.5), on: Self.answers(200), countMin: 50)
        )
        #expect(promotion.count == 200)
        #expect(abs(promotion.candidateError - 0.16) < 1e-6 && abs(promotion.servingError - 0.25) < 1e-6)
        #expect(abs(promotion.gain.value - 0.09) < 1e-6 && promotion.gain.low > 0.05 && promotion.gain.high < 0.13)
        #expect(promotion.isDue && promotion.reason.contains("0.1600 against 0.2500 on 200"))
    }

    @Test func whatIsWorseOrNoBetterStaysOut() throws {
        let rows = Self.answers(200)
        let worse = try #require(Promotion(of: Constant(0.5), over: Constant(0.8), on: rows, countMin: 50))
        #expect(!worse.isDue && worse.reason.contains("not better by more than chance"))
        #expect(worse.reason.contains("-0.0900"))
        let same = try #require(Promotion(of: Constant(0.8), over: Constant(0.8), on: rows, countMin: 50))
        #expect(!same.isDue && same.gain.value == 0)
        // A little better, and it may be chance.
        let lucky = try #require(
            Promotion(of: Constant(0.77), over: Constant(0.75), on: Self.answers(50), countMin: 50)
        )
        #expect(!lucky.isDue && lucky.gain.value > 0)
    }

    @Test func fewAnswersDecideNothing() throws {
        for (count, isDue) in [(49, false), (50, true)] {
            let promotion = try #require(
                Promotion(of: Constant(0.9), over: Constant(0.1), on: Self.answers(count), countMin: 50)
            )
            #expect(promotion.isDue == isDue, "\(promotion.reason)")
        }
    }

    /// A model that one of the two does not know says nothing of either.
    @Test func modelsOfOneRouterAloneDoNotCount() throws {
        let promotion = Promotion(of: Constant(0.8, of: ["a"]), over: Constant(0.5), on: Self.answers(60), countMin: 10)
        #expect(promotion?.count == 40)
        let none = Promotion(of: Constant(0.8, of: ["c"]), over: Constant(0.5), on: Self.answers(60), countMin: 10)
        #expect(none == nil)
    }

    /// The file in service and the one before are both there, whole, however often it is promoted.
    @Test func theRouterBeforeIsKept() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "router-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        let folder = RouterFolder(path: url.path)
        #expect(!folder.isThere)
        func manifest(_ number: Int) -> RouterFolder.Manifest {
            .init(router: "stack", data: "", files: [], rows: number, seed: 1, licence: "", encoder: nil, metrics: [:])
        }
        let rows = FeedbackCurveTests.rows(count: 40)
        var files: [Data] = []
        for number in 1...3 {
            var recipe = try #require(RouterRecipe("stack"))
            recipe.seed = UInt64(number)
            let trained = try recipe.trained(of: number == 2 ? rows.rows(Array(0..<30)) : rows)
            try folder.keepPrevious()
            try folder.write(trained, manifest(number))
            files.append(try Data(contentsOf: url.appending(path: "router.safetensors")))
            #expect(folder.isThere)
            #expect(try folder.manifest().rows == number)
            guard number > 1 else { continue }
            #expect(try Data(contentsOf: url.appending(path: "previous.safetensors")) == files[number - 2])
            let before = try Data(contentsOf: url.appending(path: "previous.json"))
            #expect(String(decoding: before, as: UTF8.self).contains(#""rows" : \#(number - 1)"#))
        }
        #expect(files[0] != files[1])
    }
}
