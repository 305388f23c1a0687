import Domain
import Environment
import Foundation
import Testing

@testable import Learning

@Suite struct FleetFitTests {
    /// A fleet whose every figure is known.
    private struct Known {
        var rate = 2.0
        let slope = 1.5
        let steepness = 12.0
        let models = [("a", 0.01, 1.0, 0.8), ("b", 0.002, 0.4, 0.45)]
        var judges = true

        /// Requests over two days, a third as many in the first half of each day as in the second, to `b` the more the longer.
        func attempts(_ count: Int, seed: UInt64) -> [FleetFit.Attempt] {
            var generator = SeededGenerator(seed: seed)
            var time = 1_700_006_400.0  // Midnight.
            return (0..<count).map { _ in
                let isMorning = time.truncatingRemainder(dividingBy: 86_400) < 43_200
                time += -log(1 - Double.random(in: 0..<1, using: &generator)) / (rate * (isMorning ? 0.5 : 1.5))
                let length = Double.random(in: 0..<1, using: &generator)
                let complexity = Double.random(in: 0..<1, using: &generator)
                let model = models[Double.random(in: 0..<1, using: &generator) < length ? 1 : 0]
                let scale = 1 - slope / 2 + slope * length
                var attempt = FleetFit.Attempt(
                    model: model.0,
                    began: time,
                    seconds: model.2 * scale * Double.random(in: 0.8..<1.2, using: &generator),
                    dollars: model.1 * scale,
                    inputTokens: Int(length * 1000)
                )
                attempt.complexity = complexity
                attempt.quality = 0.6
                let chance = 1 / (1 + exp(steepness * (complexity - model.3)))
                if judges { attempt.score = Double.random(in: 0..<1, using: &generator) < chance ? 1 : 0 }
                return attempt
            }
        }
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func findsTheFiguresOfAFleet(seed: UInt64) throws {
        let known = Known(rate: 0.1)
        let fit = try FleetFit(known.attempts(17_280, seed: seed))
        #expect(fit.models.map(\.name) == ["a", "b"] && fit.leftOut.isEmpty && fit.scoreCount == 17_280)
        #expect(abs(fit.traffic.arrivalRate / 0.1 - 1) < 0.05)
        // A third as many in the morning, but for what the hours' middles blur.
        #expect(abs(fit.traffic.load(atTime: 0.25) - 0.25) < 0.05 && abs(fit.traffic.load(atTime: 0.75) - 0.75) < 0.05)
        for (model, truth) in zip(fit.models, known.models) {
            #expect(abs(model.costPerCall / truth.1 - 1) < 0.02 && abs(model.latencyMean / truth.2 - 1) < 0.02)
            // Even from 0.8 to 1.2.
            #expect(abs(model.latencyStandardDeviation / truth.2 - 0.4 / 12.0.squareRoot()) < 0.02)
            #expect(abs((model.ability ?? 0) - truth.3) < 0.03)
        }
        #expect(abs(fit.traffic.costScale.slope - 1.5) < 0.05 && abs(fit.traffic.costScale.base - 0.25) < 0.03)
        #expect((10...14.5).contains(fit.traffic.steepness))
        #expect(abs(fit.traffic.tokensOfFullLength - 990) < 10)
        _ = try RouterEnvironment(fit.settings)
    }

    /// The registry's word counts where nobody has judged, and the usual steepness.
    @Test func withoutFeedbackQualitiesAreTheRegistrys() throws {
        var known = Known()
        known.judges = false
        let fit = try FleetFit(known.attempts(500, seed: 4))
        #expect(fit.models.allSatisfy { $0.ability == nil && $0.qualityScore == 0.6 } && fit.scoreCount == 0)
        #expect(fit.traffic.steepness == 10)
    }

    /// Calls that overlap need slots: as many as were seen at once.
    @Test func countsWhatRunsAtOnce() throws {
        let attempts = (0..<200).map { number in
            var attempt = FleetFit.Attempt(
                model: number.isMultiple(of: 2) ? "a" : "b",
                // Twenty of each at the same time, every hundred seconds.
                began: Double(number / 40) * 100,
                seconds: 50,
                dollars: 0,
                inputTokens: 10
            )
            attempt.quality = 0.5
            return attempt
        }
        let fit = try FleetFit(attempts)
        #expect(fit.models.allSatisfy { ($0.slots ?? 0) >= 20 && $0.costPerCall == 0 })
        // Nothing costs anything: the budget is the usual one, and no weight is infinite.
        _ = try RouterEnvironment(fit.settings)
        #expect(fit.settings.budget == 10)
    }

    @Test func saysWhatIsMissing() throws {
        let few = Known().attempts(99, seed: 5)
        #expect(throws: TrainingError.unusable("it has 99 requests that models were sent, and 100 are needed")) {
            try FleetFit(few)
        }
        let one = Known().attempts(300, seed: 6).filter { $0.model == "a" }
        let error = #expect(throws: TrainingError.self) { try FleetFit(one) }
        #expect(error?.message.contains("two models with 20 answers") ?? false)
        var failed = Known().attempts(300, seed: 6)
        for index in failed.indices { failed[index].isAnswer = false }
        #expect(throws: TrainingError.self) { try FleetFit(failed) }
    }

    /// A model that has hardly answered is left out by name.
    @Test func leavesOutWhatHasHardlyAnswered() throws {
        var attempts = Known().attempts(300, seed: 7)
        for index in 0..<5 { attempts[index].model = "rare" }
        let fit = try FleetFit(attempts)
        #expect(fit.models.map(\.name) == ["a", "b"] && fit.leftOut.map(\.model) == ["rare"])
        #expect(fit.leftOut.map(\.answers) == [5])
    }
}
