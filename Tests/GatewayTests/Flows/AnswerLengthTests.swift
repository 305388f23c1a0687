import Domain
import Foundation
import Ledger
import Neural
import Routing
import Testing

@testable import Gateway

/// What answers cost is expected by lengths that a router foresees for each prompt, of what is usual here.
@Suite final class AnswerLengthTests {
    /// Of 16 and 64 bytes: answers of half and of twice the usual length, and of four times where there are 144.
    private static let (brief, long) = (String(repeating: "a", count: 16), String(repeating: "b", count: 64))
    private static let longest = String(repeating: "c", count: 144)

    private let folder = FileManager.default.temporaryDirectory.appending(path: "lengths-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Writes a stack that knows nothing but lengths, by the root of a prompt's bytes, and those of `a` alone.
    private func writeRouter() throws {
        let none = StackWeights.Heads(weights: Matrix(rows: 2, columns: FeatureVector.count), biases: [0, 0])
        var weights = Matrix(rows: 1, columns: FeatureVector.count)
        weights[0, SurfaceFeatures.count / 2] = 0.34657359
        let lengths = StackWeights.Heads(weights: weights, biases: [-6 * 0.34657359])
        let mixture = StackWeights.Mixture(
            neighboursCommon: [0, 0, 0],
            neighboursDeviation: [0, 0, 0],
            tableCommon: 0,
            tableDeviation: 0,
            slope: 0
        )
        let tiers = FeatureVector.Tier.allCases
        let stack = StackWeights(
            models: [.init(name: "a", level: 0.5, slope: 1, calibration: tiers.map { _ in SIMD2(1, 0) })],
            tasks: [],
            standardisation: Standardisation(
                means: Array(repeating: 0, count: FeatureVector.count),
                scales: Array(repeating: 1, count: FeatureVector.count)
            ),
            heads: tiers.map { _ in none },
            mixtures: tiers.map { _ in mixture },
            taskHeads: .init(weights: Matrix(rows: 0, columns: FeatureVector.count), biases: []),
            memory: NeighbourMemory(
                layers: FeatureVector.layers,
                keys: Matrix(rows: 0, columns: FeatureVector.layers.count * FeatureVector.layerWidth),
                scores: Matrix(rows: 0, columns: 1),
                rowsMax: 1
            ),
            domain: .zero,
            lengths: .init(heads: tiers.map { _ in lengths }, usual: [3000])
        )
        try stack.write(to: folder.appending(path: "router.safetensors").path)
    }

    private var settings: String {
        """
        routers: [ { id: tiny, kind: stack, path: \(folder.path) } ]
        ledger: { path: \(folder.path)/ledger.db }
        routing: { exploration: 0, default_strategy: cost_optimized, expected_output_tokens: 256 }
        """
    }

    /// The tokens that each model's answer to `text` is expected to have.
    private func expected(_ gateway: RunningGateway, _ text: String) async throws -> [String: Int] {
        let body = #"{"model":"auto","messages":[{"role":"user","content":"\#(text)"}],"route":{"dry_run":true}}"#
        let answer = try await gateway.post("route", body)
        let report = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        let candidates = try #require(report?["candidates"] as? [[String: Any]], "\(answer.body)")
        return candidates.reduce(into: [:]) { tokens, candidate in
            tokens[candidate["model"] as? String ?? ""] = candidate["expected_output_tokens"] as? Int
        }
    }

    /// Usual are the setting's 256 tokens, and not the 3,000 of another traffic, until 128 answers say better.
    ///
    /// These are long ones of 600 tokens, for which twice the setting was too little to expect. A gateway that starts anew knows that from its ledger.
    @Test func lengthsAreRatiosToWhatIsUsualHere() async throws {
        try writeRouter()
        let backend = try await ScriptedBackend { exchange, _ in
            try await exchange.json(
                #"{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":"#
                    + #"{"role":"assistant","content":"Yes."},"finish_reason":"stop"}],"#
                    + #""usage":{"prompt_tokens":9,"completion_tokens":600,"total_tokens":609}}"#
            )
        }
        let models = [entry("a", at: backend.url), entry("b", at: backend.url, "prices: { input: 9, output: 9 }")]
        try await withGateway(models, settings: settings) { gateway in
            // `b`, which the router has not seen, has the mean of those that it has.
            #expect(try await expected(gateway, Self.brief) == ["a": 128, "b": 128])
            #expect(try await expected(gateway, Self.long) == ["a": 512, "b": 512])
            #expect(try await expected(gateway, Self.longest) == ["a": 1024, "b": 1024])
            for _ in 0..<128 {
                let body = #"{"model":"auto","messages":[{"role":"user","content":"\#(Self.long)"}]}"#
                #expect(try await gateway.post("chat/completions", body).fields["x-switchyard-model"] == "a")
            }
            let features = try #require(try await gateway.ledger().last?.request.features)
            #expect(String(decoding: features, as: UTF8.self).contains(#""length_ratio":2"#))
            try await expectLearnedLengths(gateway)
        }
        try await withGateway(models, settings: settings) { try await expectLearnedLengths($0) }
    }

    /// 600 tokens for twice the usual length, to within the steps that lengths are rounded to; of `b` as of all.
    private func expectLearnedLengths(_ gateway: RunningGateway) async throws {
        for (text, tokens) in [(Self.brief, 150.0), (Self.long, 600), (Self.longest, 1200)] {
            let expected = try await expected(gateway, text)
            #expect(["a", "b"].allSatisfy { abs(Double(expected[$0] ?? 0) / tokens - 1) < 0.08 }, "\(expected)")
        }
    }
}
