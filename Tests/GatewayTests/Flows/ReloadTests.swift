import Configuration
import Domain
import HTTP
import Reactor
import Routing
import Server
import Testing
import Upstream

@testable import Gateway

/// A reload swaps everything at once, or nothing.
@Suite struct ReloadTests {
    @Test func aSoundConfigurationIsSwappedIn() async throws {
        let (old, new) = (try await ScriptedBackend.sound(), try await ScriptedBackend.sound())
        try await withGateway([entry("a", at: old.url)]) { gateway in
            try gateway.willLoad([entry("b", at: new.url, "aliases: [a]")])
            #expect(await gateway.service.reload().isSuccess)
            let answer = try await gateway.chat("a")
            #expect((answer.status, answer.fields["x-switchyard-model"]) == (200, "b"))
            #expect((old.requests.count, new.requests.count) == (0, 1))
        }
    }

    @Test func aRequestKeepsThePolicyThatItBeganWith() async throws {
        let gate = Gate()
        let slow = try await ScriptedBackend { exchange, _ in
            try await gate.wait(exchange)
            try await exchange.answerChat()
        }
        try await withGateway([entry("a", at: slow.url)]) { gateway in
            async let answer = gateway.chat("a")
            #expect(try await eventually { gateway.active("a") == 1 })
            try gateway.willLoad([entry("b", at: slow.url)])
            #expect(await gateway.service.reload().isSuccess)
            gate.open()
            let first = try await answer
            #expect((first.status, first.fields["x-switchyard-model"]) == (200, "a"))
            let second = try await gateway.chat("a")
            #expect(second.status == 404)
        }
    }

    /// The slot is released under the policy before the reload, and waited for under the one after it.
    @Test func aRequestAfterAReloadGetsTheSlotOfOneBeforeIt() async throws {
        let gate = Gate()
        let slow = try await ScriptedBackend { exchange, _ in
            try await gate.wait(exchange)
            try await exchange.answerChat()
        }
        let model = entry("a", at: slow.url, "concurrency_max: 1")
        try await withGateway([model]) { gateway in
            async let before = gateway.chat("a")
            #expect(try await eventually { gateway.active("a") == 1 })
            try gateway.willLoad([entry("other"), model])
            #expect(await gateway.service.reload().isSuccess)
            async let after = gateway.chat("a")
            #expect(try await eventually { gateway.metric("switchyard_queue_depth") == 1 })
            gate.open()
            let statuses = [try await before.status, try await after.status]
            #expect(statuses == [200, 200])
        }
    }

    /// Files may be on a disk that takes its time.
    @Test func theLoopGoesOnWhileFilesAreRead() async throws {
        let token = "admin-token-0123456789"
        try await withGateway([entry("a")], environment: ["SWITCHYARD_ADMIN_TOKEN": token]) { gateway in
            try gateway.willLoad([entry("b")])
            gateway.holdFiles(true)
            let fields = "authorization: Bearer \(token)\r\n"
            async let reload = gateway.manage(.post, "/admin/v1/reload", fields: fields)
            #expect(try await eventually { gateway.isReloading })
            let meanwhile = try await gateway.get("/v1/models")
            #expect(meanwhile.body.contains(#""id":"a""#), "answered before the reload")
            gateway.holdFiles(false)
            #expect(try await reload.status == 200)
            #expect(try await gateway.get("/v1/models").body.contains(#""id":"b""#))
        }
    }

    @Test func filesThatAreNotSoundChangeNothingAndSayWhy() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)]) { gateway in
            try gateway.willLoad(["{ id: b, base_urll: \"http://h/v1\", prices: { input: 1, output: 1 } }"])
            let problem = await gateway.service.reload().problem
            #expect(problem.contains("models:2") && problem.contains("base_url"), "file, line and nearest key")
            let answer = try await gateway.chat("a")
            #expect(answer.status == 200)
        }
    }

    @Test(arguments: [
        ("cache: { enabled: true }", "`cache`"), ("upstream: { keep_alive_seconds_max: 1 }", "`upstream`"),
        ("ledger: { path: other.db }", "`ledger.path`"),
    ])
    func whatOnlyARestartCanChangeIsRefused(setting: String, name: String) async throws {
        try await withGateway([entry("a")]) { gateway in
            try gateway.willLoad([entry("b")], settings: setting)
            let problem = await gateway.service.reload().problem
            #expect(problem.contains(name) && problem.contains("restart"))
            #expect(gateway.service.policy.catalogue.models.map(\.id.rawValue) == ["a"])
        }
    }

    /// What may be refused is looked at before anything is switched off, here a model whose key has gone.
    @Test func aReloadThatIsRefusedLeavesModelsAsTheyAre() async throws {
        let backend = try await ScriptedBackend.sound()
        let model = entry("a", at: backend.url, "key_variable: PROVIDER")
        try await withGateway([model], environment: ["PROVIDER": "sk-0123456789abcdef"]) { gateway in
            try gateway.willLoad([model, entry("b", at: "http://a$b/v1")])
            let problem = await gateway.service.reload().problem
            #expect(problem.contains("model b") && problem.contains("cannot be called"))
            #expect(gateway.service.policy.fleet.availability(0, now: 0) == .available)
            let answer = try await gateway.chat("a")
            #expect(answer.status == 200)
        }
    }

    @Test func aDrainedGatewayTakesNothingMore() async throws {
        try await withGateway([entry("a")]) { gateway in
            #expect(gateway.service.isReady)
            let ready = try await gateway.get("/readyz")
            #expect(ready.status == 200)
            await gateway.service.drain()
            #expect(!gateway.service.isReady)
            await #expect(throws: (any Error).self) { try await gateway.get("/healthz") }
        }
    }
}

extension Result<Void, ReloadRefusal> {
    fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }

    /// What was refused; empty if nothing was.
    fileprivate var problem: String { if case .failure(let refusal) = self { refusal.description } else { "" } }
}
