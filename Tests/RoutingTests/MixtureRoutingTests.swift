import Accounting
import Domain
import Foundation
import Neural
import Testing

@testable import Routing

/// What a mixture's gate does to choices: strategies that weigh several aims adjust it (S1-18).
@Suite struct MixtureRoutingTests {
    /// Of equal speed: a good and dear one that emits much, a middling one, and a poor, cheap and clean one.
    private static let models = [
        DefaultFleet.model("good", 0.010, 1000, 0.9, 10, [.general], joulesPerOutputToken: 10),
        DefaultFleet.model("middling", 0.005, 1000, 0.7, 10, [.general], joulesPerOutputToken: 5),
        DefaultFleet.model("clean", 0.001, 1000, 0.5, 10, [.general], joulesPerOutputToken: 1),
    ]

    private func decide(
        _ strategy: Strategy,
        gates: [Double]?,
        only: [String]? = nil,
        purse: Purse? = nil
    ) -> Decision {
        let catalogue = Catalogue(models: Self.models, priceVersion: "test")
        var request = DefaultFleet.request(.general, strategy, .none)
        request.gates = gates
        request.only = only.map { $0.map { ModelID($0) } }
        request.purse = purse
        return Router(catalogue: catalogue, settings: RouterSettings(exploration: 0)).decide(
            request,
            fleet: Fleet(catalogue: catalogue).snapshot(now: 0),
            draw: 0.5
        )
    }

    /// Shares of one half for two experts: the merits alone decide between them, and the third has none.
    @Test func theAdjustedGateIsShareTimesMerit() throws {
        let merits = try decide(.balanced, gates: nil).candidates.map { try #require($0.score) }
        let decision = decide(.balanced, gates: [0.5, 0, 0.5])
        let scores = try decision.candidates.map { try #require($0.score) }
        #expect(abs(scores[0] - merits[0] / (merits[0] + merits[2])) < 1e-12)
        #expect(scores[1] == 0)
        #expect(abs(scores[0] + scores[2] - 1) < 1e-12)
        #expect(decision.choice == 2 && merits[2] > merits[0])
        // By hand: 0.3 · (1 − 1/10) + 0.3 · 5/9 against 0.3, and nothing of latency, which is the same.
        #expect(abs(merits[2] - (0.27 + 0.3 * 5 / 9)) < 1e-9 && abs(merits[0] - 0.3) < 1e-9)
    }

    /// One gate, and who prefers what: the surer the gate, the more an aim has to weigh to move it.
    @Test func theSameGateIsAdjustedByWhatIsPreferred() {
        let gate = [0.7, 0.3, 0.0]
        #expect(decide(.balanced, gates: gate).choice == 0)
        #expect(decide(.carbonAggressive, gates: gate).choice == 1)
        #expect(decide(.carbonAggressive, gates: [0.95, 0.05, 0]).choice == 0)
        // Without a gate the cleanest is taken, which is no expert on such prompts.
        #expect(decide(.carbonAggressive, gates: nil).choice == 2)
    }

    /// Strategies of one aim, and those that have another way with quality, do not ask the gate.
    @Test(arguments: [Strategy.costOptimized, .qualityOptimized, .latencyOptimized, .utility, .leastLoaded, .ensemble])
    func otherStrategiesDoNotAskIt(strategy: Strategy) {
        #expect(decide(strategy, gates: [0, 1, 0]) == decide(strategy, gates: nil))
    }

    /// Where no expert can be asked, the others are chosen from by their merits.
    @Test func aGateOfNobodyLeavesTheChoiceToMerits() throws {
        let decision = decide(.balanced, gates: [1, 0, 0], only: ["middling", "clean"])
        #expect(decision.choice == 2)
        #expect(try #require(decision.candidates[1].score) > 0)
    }

    /// What a budget is short of costs as much beside a gate as without one.
    @Test func shortBudgetsAreChargedBesideIt() throws {
        var prices = Purse.Prices.usual
        prices.cost = 4
        let purse = Purse(left: .unlimited, inputTokens: 0, outputTokens: 0, prices: prices)
        let (plain, dear) = (decide(.balanced, gates: nil), decide(.balanced, gates: nil, purse: purse))
        let (gated, both) = (
            decide(.balanced, gates: [0.6, 0.4, 0]), decide(.balanced, gates: [0.6, 0.4, 0], purse: purse)
        )
        for index in 0..<3 {
            let charged = try #require(plain.candidates[index].score) - #require(dear.candidates[index].score)
            let beside = try #require(gated.candidates[index].score) - #require(both.candidates[index].score)
            #expect(abs(charged - beside) < 1e-12 && charged > 0)
        }
    }

    // MARK: Heads

    /// A head whose logits are its biases, whatever the prompt.
    private func head(_ kind: TrainedHead.Kind, _ logits: [Float]) -> TrainedHead {
        let layer = DenseLayer(
            weight: Matrix(rows: 3, columns: 2),
            bias: Matrix(rows: 1, columns: 3, values: logits),
            activation: .none
        )
        return TrainedHead(
            kind: kind,
            output: .scores,
            names: ["good", "middling", "absent"],
            tiers: [],
            layers: [0],
            members: [DenseNetwork([layer])],
            means: Matrix(rows: 1, columns: 2),
            scales: Matrix(rows: 1, columns: 2),
            distanceMax: 1
        )
    }

    /// The best expert of all is not in this fleet: the two that are share the prompt.
    @Test func gatesAreOfTheFleetsExperts() throws {
        let priors = ["clean", "middling", "good"].map { ModelPrior(id: ModelID($0), quality: 0.5) }
        let prompt = PromptEvidence(of: "p", layers: [0: [1, 2]])
        let estimate = HeadEstimator(head(.moe, [1, 0, 9]), models: priors).estimate(prompt)
        let gates = try #require(estimate.gates)
        let share = 1 / (1 + exp(-1.0))
        #expect(gates[0] == 0 && abs(gates[1] - (1 - share)) < 1e-9 && abs(gates[2] - share) < 1e-9)
        #expect(estimate.classes.first?.name == "absent")
        // Other heads have none, nor has a fleet without experts.
        #expect(HeadEstimator(head(.bert, [1, 0, 9]), models: priors).estimate(prompt).gates == nil)
        #expect(HeadEstimator(head(.moe, [1, 0, 9]), models: [priors[0]]).estimate(prompt).gates == nil)
    }
}
