import Configuration
import Domain
import Foundation
import HTTP
import Ledger
import Reactor
import Routing
import Testing

@testable import Gateway

/// A classifier that was trained elsewhere chooses models by the tiers that its labels stand for.
@Suite struct ClassifierTests {
    /// Tiny models of random weights that tell `easy`, `middling` and `hard`; see Tests/Fixtures/README.md.
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/encoders")
    private static let labels = "{ easy: light, middling: medium, hard: heavy }"

    /// What PyPI's `transformers` makes of a text, by Tests/Tools/encoder_goldens.py.
    private struct Golden: Decodable {
        let text: String
        let probabilities: [Double]
    }

    private static func goldens(_ model: String) throws -> [Golden] {
        let data = try Data(contentsOf: fixtures.appending(path: "\(model)/golden.json"))
        return try JSONDecoder().decode([Golden].self, from: data)
    }

    private static func settings(
        _ model: String,
        labels: String = labels,
        _ routing: String = "router: graham"
    ) -> String {
        """
        routers: [ { id: graham, kind: classifier, path: \(fixtures.appending(path: model).path), labels: \(labels) } ]
        encoder: { wait_ms_max: 60000, tokens_max: 32 }
        routing: { exploration: 0, default_strategy: utility, \(routing) }
        """
    }

    /// `a` is cheap, `b` eight times as dear and a little better by the registry.
    private static func models(_ url: String) -> [String] {
        [
            entry("a", at: url, "quality: 0.6, tier: light, prices: { input: 1, output: 1 }"),
            entry("b", at: url, "quality: 0.9, tier: heavy, prices: { input: 8, output: 8 }"),
        ]
    }

    private func ask(
        _ gateway: RunningGateway,
        _ text: String,
        _ route: [String: Any]
    ) async throws -> RunningGateway.Answer {
        let body: [String: Any] = ["messages": [["role": "user", "content": text]], "route": route]
        return try await gateway.post("route", try JSONSerialization.data(withJSONObject: body).text)
    }

    /// Each label's probability is that of `transformers`, and each model's quality what the labels' tiers make of it.
    @Test(arguments: ["bert-labels", "distilbert-labels", "modernbert-labels"])
    func aDryRunTellsOfLabelsAndWhatTheyComeTo(model: String) async throws {
        try await withGateway(Self.models("http://127.0.0.1:1/v1"), settings: Self.settings(model)) { gateway in
            for golden in try Self.goldens(model) where !golden.text.isEmpty {
                let answer = try await ask(gateway, golden.text, ["dry_run": true])
                func said(_ what: String) -> Double { Double(answer.json("routers.graham.\(what)")) ?? .nan }
                for (label, probability) in zip(["easy", "middling", "hard"], golden.probabilities) {
                    #expect(abs(said("classes.\(label)") - probability) < 0.05, "\(label): \(answer.body)")
                }
                let (light, medium, heavy) = (said("classes.easy"), said("classes.middling"), said("classes.hard"))
                let expected = light * pow(0.6, 0.25) + medium * 0.6 + heavy * 0.6 * 0.6
                #expect(abs(said("scores.a") - expected) < 1e-6)
                #expect(abs(said("confidence") - max(light, medium, heavy)) < 1e-9)
            }
        }
    }

    /// By policy, and by request where the policy goes by the registry.
    @Test(arguments: [("router: graham", [:]), ("router: null", ["router": "graham"])])
    func theModelIsChosenByTheLabel(routing: String, route: [String: String]) async throws {
        let backend = try await ScriptedBackend.sound()
        let settings = Self.settings("modernbert-labels", routing)
        try await withGateway(Self.models(backend.url), settings: settings) { gateway in
            let goldens = try Self.goldens("modernbert-labels").filter { !$0.text.isEmpty }
            let hard = try #require(goldens.max { $0.probabilities[2] < $1.probabilities[2] })
            let easy = try #require(goldens.max { $0.probabilities[0] < $1.probabilities[0] })
            for _ in 0..<2 {
                #expect(try await ask(gateway, hard.text, route).fields["x-switchyard-model"] == "b")
                #expect(try await ask(gateway, easy.text, route).fields["x-switchyard-model"] == "a")
            }
            #expect(gateway.metric(#"switchyard_encoder_prompts_total{router="graham",result="encoded"}"#) == 2)
            #expect(gateway.metric(#"switchyard_encoder_prompts_total{router="graham",result="remembered"}"#) == 2)
            let features = try #require(try await gateway.ledger().first?.request.features)
            #expect(features.text.contains(#""router":"graham","router_confidence":0."#), "\(features.text)")
        }
    }

    /// A change of something else leaves the weights where they are; other labels count at once.
    @Test func aReloadTakesTheClassifierOver() throws {
        let models = Self.models("http://127.0.0.1:1/v1")
        let first = try Policy.test(models, settings: Self.settings("bert-labels"))
        func next(_ settings: String) throws -> LearnedRouter? {
            let configuration = try GatewayConfiguration.test(models, settings: settings)
            return try Policy.learnedRouters(
                configuration.settings,
                configuration.catalogue,
                replacing: first.learnedRouters
            ).first
        }
        let used = try #require(first.learnedRouters.first?.classifier)
        let swapped = try next(Self.settings("bert-labels", labels: "{ easy: heavy, middling: medium, hard: light }"))
        #expect(swapped?.classifier?.pool === used.pool)
        let evidence = PromptEvidence(of: "", labels: ["graham": [1, 0, 0]])
        #expect(swapped?.estimator.estimate(evidence).qualities.first?.expected == 0.6 * 0.6)
        #expect(try next(Self.settings("distilbert-labels"))?.classifier?.pool !== used.pool)
    }

    @Test(arguments: [
        ("bert-labels", "{ easy: light, middling: medium, hart: heavy }", "no label `hart`; did you mean `hard`?"),
        ("bert-labels", "{ easy: light, LABEL_7: heavy }", "no label `LABEL_7`; its labels are easy, middling, hard"),
        ("bert-labels", "{ easy: light, middling: medium }", "`hard` has no tier; add `hard: light`, medium or heavy"),
        ("bert", "{ easy: light, hard: heavy }", "no head for classes: name a sequence classifier's folder"),
        ("nowhere", "{ easy: light, hard: heavy }", "nowhere: the model has no config.json"),
    ])
    func whatDoesNotFitIsRefusedWithItsRemedy(model: String, labels: String, reason: String) throws {
        #expect {
            try Policy.test([entry("a")], settings: Self.settings(model, labels: labels))
        } throws: { error in
            "\(error)".hasPrefix("router graham: ") && "\(error)".hasSuffix(reason)
        }
    }
}

extension Data {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
