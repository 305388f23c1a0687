import Configuration
import Domain
import Foundation
import HTTP
import Ledger
import Neural
import Reactor
import Routing
import Server
import Testing
import TextEncoding

@testable import Gateway

/// A router that has learned chooses the model for each prompt, by vectors that threads of their own have made.
@Suite final class LearnedRouterTests {
    private static let simple = "Good morning to you."
    private static let hard = "Prove that the sum of two odd numbers is even."
    /// A tiny BERT of random weights, 32 values a vector; see Tests/Fixtures/README.md.
    private static let encoder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/encoders/bert").path

    private let folder = FileManager.default.temporaryDirectory.appending(path: "router-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Writes a router by which `b` always answers as well as can be, and `a` the simple prompt alone.
    private func writeRouter(_ kind: TrainedHead.Kind = .bert, distanceMax: Double = 1e9) throws {
        let encoder = try Encoder(folder: Self.encoder)
        let easy = try encoder.encode(Self.simple, layers: [0])[0]
        let difficult = try encoder.encode(Self.hard, layers: [0])[0]
        let direction = zip(easy, difficult).map { $0 - $1 }
        func along(_ vector: [Float]) -> Float { zip(vector, direction).reduce(0) { $0 + $1.0 * $1.1 } }
        // 0.9 for the one and 0.2 for the other.
        let scale = 0.7 / (along(easy) - along(difficult))
        let weights = direction.map { $0 * scale } + [Float](repeating: 0, count: direction.count)
        let count = direction.count
        let layer = DenseLayer(
            weight: Matrix(rows: 2, columns: count, values: weights),
            bias: Matrix(rows: 1, columns: 2, values: [0.9 - scale * along(easy), 0.9]),
            activation: .none
        )
        let head = TrainedHead(
            kind: kind,
            output: .values,
            names: ["a", "b"],
            tiers: [],
            layers: [0],
            members: [DenseNetwork([layer])],
            means: Matrix(rows: 1, columns: count),
            scales: Matrix(rows: 1, columns: count, values: [Float](repeating: 1, count: count)),
            distanceMax: distanceMax
        )
        try head.write(to: folder.appending(path: "router.safetensors").path)
    }

    private func settings(_ routing: String = "router: tiny", encoder: String = "wait_ms_max: 60000") -> String {
        """
        routers: [ { id: tiny, kind: head, path: \(folder.path) }, { id: words, kind: lexical } ]
        encoder: { path: \(Self.encoder), \(encoder) }
        routing: { exploration: 0, default_strategy: utility, \(routing) }
        """
    }

    /// `a` is cheap, `b` eight times as dear and a little better by the registry.
    private func models(_ backend: ScriptedBackend) -> [String] {
        [
            entry("a", at: backend.url, "quality: 0.6, tier: light, prices: { input: 1, output: 1 }"),
            entry("b", at: backend.url, "quality: 0.9, tier: heavy, prices: { input: 8, output: 8 }"),
        ]
    }

    private func ask(
        _ gateway: RunningGateway,
        _ text: String,
        _ route: String = ""
    ) async throws -> RunningGateway.Answer {
        let more = route.isEmpty ? "" : #","route":{\#(route)}"#
        return try await gateway.post(
            "route",
            #"{"model":"auto","messages":[{"role":"user","content":"\#(text)"}]\#(more)}"#
        )
    }

    @Test func theModelIsChosenByThePrompt() async throws {
        try writeRouter()
        let backend = try await ScriptedBackend.sound()
        try await withGateway(models(backend), settings: settings()) { gateway in
            for _ in 0..<2 {
                #expect(try await ask(gateway, Self.simple).fields["x-switchyard-model"] == "a")
                #expect(try await ask(gateway, Self.hard).fields["x-switchyard-model"] == "b")
            }
            #expect(gateway.metric(#"switchyard_encoder_prompts_total{result="encoded"}"#) == 2)
            #expect(gateway.metric(#"switchyard_encoder_prompts_total{result="remembered"}"#) == 2)
            #expect(try await eventually { gateway.metric(#"switchyard_scored_prompts_total{by="vectors"}"#) == 4 })
            let features = try #require(try await gateway.ledger().first?.request.features)
            #expect(String(decoding: features, as: UTF8.self).contains(#""router":"tiny""#))
        }
    }

    @Test func aDryRunTellsWhatEachRouterSays() async throws {
        try writeRouter()
        let backend = try await ScriptedBackend.sound()
        try await withGateway(models(backend), settings: settings()) { gateway in
            let answer = try await ask(gateway, Self.hard, #""dry_run":true"#)
            let report = try JSONDocument(parsing: Array(answer.body.utf8), depthMax: 16)
            let routers = try #require(report["routers"])
            let tiny = try #require(try report.member("tiny", of: routers))
            let scores = try #require(try report.member("scores", of: tiny))
            let score = try report.member("a", of: scores).flatMap { report.double(of: $0) }
            #expect(abs((score ?? 0) - 0.2) < 1e-4, "\(answer.body)")
            #expect(try report.member("words", of: routers) != nil)
            #expect(report["router"].map { report.equals($0, "tiny") } == true)
        }
    }

    /// A mixture's gate is adjusted by what the strategy weighs, and only by strategies that weigh several aims.
    ///
    /// The hard prompt's values are 0.2 and 0.9, so its gate is a softmax of these. By merits alone the cheap model is ahead,
    /// by a hair; with the gate the better one is, unless money is all that counts.
    @Test func aMixturesGateIsAdjustedByTheStrategy() async throws {
        let backend = try await ScriptedBackend.sound()
        let share = 1 / (1 + exp(-0.7))
        for kind in [TrainedHead.Kind.bert, .moe] {
            try writeRouter(kind)
            try await withGateway(models(backend), settings: settings()) { gateway in
                let answer = try await ask(gateway, Self.hard, #""dry_run":true,"strategy":"balanced""#)
                let report = try JSONDocument(parsing: Array(answer.body.utf8), depthMax: 16)
                let tiny = try #require(report["routers"].flatMap { try report.member("tiny", of: $0) })
                let gates = try report.member("gates", of: tiny)
                let model = try report["model"].map { try report.string(of: $0) }
                if kind == .moe {
                    let gate = try report.member("b", of: try #require(gates)).flatMap { report.double(of: $0) }
                    #expect(
                        abs(try #require(gate) - share) < 1e-4 && model == "b",
                        "\(gate ?? 0), \(share): \(answer.body)"
                    )
                } else {
                    #expect(gates == nil && model == "a", "\(answer.body)")
                }
                let cheap = try await ask(gateway, Self.hard, #""dry_run":true,"strategy":"cost_optimized""#)
                #expect(cheap.body.contains(#""model":"a""#))
            }
        }
    }

    /// Also where the router's opinion counts by request alone, and where it is not wanted.
    @Test func aRequestChoosesItsRouter() async throws {
        try writeRouter()
        let backend = try await ScriptedBackend.sound()
        try await withGateway(models(backend), settings: settings("router: none")) { gateway in
            let chosen = try await ask(gateway, Self.simple, #""router":"tiny","dry_run":true"#)
            #expect(chosen.body.contains(#""router":"tiny""#) && chosen.body.contains(#""model":"a""#))
            #expect(!(try await ask(gateway, Self.simple, #""dry_run":true"#)).body.contains("router_confidence"))
            let unknown = try await ask(gateway, Self.simple, #""router":"tinny""#)
            #expect(unknown.status == 400 && unknown.body.contains("tiny"), "\(unknown.body)")
            let none = try await ask(gateway, Self.simple, #""router":"none""#)
            #expect(none.status == 200)
        }
    }

    /// What is like nothing that was learned from goes to the safe tier.
    @Test func theSafeTierAnswersWhatTheRouterDoesNotKnow() async throws {
        try writeRouter(distanceMax: 0)
        let backend = try await ScriptedBackend.sound()
        let settings = settings("router: tiny, safe_tier: heavy")
        try await withGateway(models(backend), settings: settings) { gateway in
            let answer = try await ask(gateway, Self.simple)
            #expect(answer.fields["x-switchyard-model"] == "b")
            #expect(answer.body.contains(#""out_of_domain":true"#))
        }
    }

    /// Vectors that are late are done without: the registry's qualities decide.
    @Test func nobodyWaitsLongForTheEncoder() async throws {
        try writeRouter()
        let pool = try #require(try EncoderPool.make(encoderSettings("wait_ms_max: 60000, queue_max: 0")))
        let loop = try EventLoop(name: "test")
        defer { loop.stop() }
        let long = String(repeating: "word ", count: 2000)
        // One is being encoded, and none may wait.
        let bound = LoopBound(pool, to: loop)
        let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    await Task(executorPreference: loop) {
                        await bound.value.vectors(of: "\(number) \(long)", layers: [0, 2], on: loop) != nil
                    }.value
                }
            }
            return try await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(answers.contains(true) && answers.contains(false))
        #expect(pool.counts.refused == answers.count { !$0 })
    }

    /// Threads that score stand back for all others; where they don't come to run, requests go on by the registry.
    @Test(arguments: ["tiny", "words"])
    func nobodyWaitsLongForThreadsThatDoNotRun(router: String) async throws {
        try writeRouter()
        let backend = try await ScriptedBackend.sound()
        let settings = settings("router: \(router)", encoder: "wait_ms_max: 20")
        try await withGateway(models(backend), settings: settings) { gateway in
            // Dispatch makes a few more threads each second where some are blocked.
            let (gate, blockers) = (DispatchSemaphore(value: 0), 64)
            for _ in 0..<blockers {
                BackgroundThreads.run { _ = gate.wait(timeout: .now() + .seconds(20)) }
            }
            let answer = try await ask(gateway, Self.simple)
            let dry = try await ask(gateway, Self.simple, #""dry_run":true"#)
            for _ in 0..<blockers { gate.signal() }
            #expect(answer.status == 200 && answer.body.contains(#""scored_by":"registry""#), "\(answer.body)")
            #expect(dry.body.contains(#""scored_by":"registry""#) && !dry.body.contains("router_confidence"))
            #expect(try await eventually { gateway.metric(#"switchyard_scored_prompts_total{by="registry"}"#) == 2 })
            let features = try #require(try await gateway.ledger().first?.request.features)
            #expect(String(decoding: features, as: UTF8.self).contains(#""scored_by":"registry""#))
        }
    }

    private func encoderSettings(_ more: String) throws -> Settings.Encoder {
        try Settings(yaml: "encoder: { path: \(Self.encoder), \(more) }", file: "test").encoder
    }

    @Test func whatMayBeMissingIsDoneWithout() throws {
        try writeRouter()
        let routers = """
            routers:
              - { id: gone, kind: stack, path: /nowhere, optional: true }
              - { id: tiny, kind: head, path: \(folder.path), optional: true }
            """
        #expect(try Policy.test([entry("a")], settings: routers).defaultRouter == "tiny", "the first there is")
        let policy = try Policy.test([entry("a")], settings: routers + "\nrouting: { router: gone }")
        #expect(policy.learnedRouters.map(\.id) == ["tiny"] && policy.defaultRouter == nil)
        #expect(try EncoderPool.make(Settings(yaml: "encoder: { path: /nowhere }", file: "test").encoder) == nil)
    }

    @Test func whatCannotBeReadIsRefusedByName() throws {
        let missing = #"routers: [ { id: tiny, kind: head, path: /nowhere } ]"#
        #expect {
            try Policy.test([entry("a")], settings: missing)
        } throws: { error in
            "\(error)" == "router tiny: /nowhere: /nowhere/router.safetensors: No such file or directory"
        }
        #expect(throws: ConfigurationErrors.self) {
            try Policy.test([entry("a")], settings: "routing: { router: tiny }")
        }
        #expect(throws: GatewayStartError.self) {
            try EncoderPool.make(Settings(yaml: "encoder: { path: /nowhere, optional: false }", file: "test").encoder)
        }
    }
}
