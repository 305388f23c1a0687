import Configuration
import Domain
import Foundation
import HTTP
import Ledger
import Routing
import Testing
import Upstream
import Wire

@testable import Gateway

/// Configurations tried on the latest requests, and put in force again by their numbers.
@Suite struct TrialTests {
    /// Has requests answered, and waits until the ledger has them.
    private func ask(_ gateway: RunningGateway, _ bodies: [(path: String, body: String)]) async throws {
        for (path, body) in bodies { #expect(try await gateway.post(path, body).status == 200) }
        #expect(try await gateway.ledger().count == bodies.count)
    }

    private func chat(_ text: String, model: String = "auto:cost_optimized") -> (path: String, body: String) {
        ("chat/completions", #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(text)"}]}"#)
    }

    private func json(_ answer: RunningGateway.Answer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    }

    /// `a` becomes dearer than `b`: what had gone by cost goes to `b`, who named `a` stays, and nothing is in force.
    @Test func tellsWhatAPriceWouldChange() async throws {
        let settings = "routing: { exploration: 0, required_quality_from_complexity: false }"
        try await withAdministrator(settings: settings) { gateway, admin in
            try await ask(gateway, [chat("Hello"), chat("What is the capital of France?"), chat("Hi", model: "a")])
            let export = try await admin.get("config/export").body
            let same = try json(try await admin.ask(.post, "config/dry-run", export))
            #expect(same["decided"] as? Int == 3 && same["reproduced"] as? Int == 3 && same["same"] as? Int == 3)
            #expect((same["changes"] as? [Any])?.isEmpty == true && (same["moves"] as? [Any])?.isEmpty == true)

            let dearer = try dearer(export)
            let text = try await admin.ask(.post, "config/dry-run?requests=10", dearer)
            let answer = try json(text)
            #expect(answer["decided"] as? Int == 3 && answer["same"] as? Int == 1)
            let models = try #require(answer["models"] as? [String: [String: Int]])
            #expect(models == ["a": ["before": 3, "after": 1], "b": ["before": 0, "after": 2]])
            let changes = try #require(answer["changes"] as? [[String: Any]])
            #expect(changes.contains { $0["path"] as? String == "registry.models[a].prices.input" })
            let moves = try #require(answer["moves"] as? [[String: Any]])
            #expect(
                moves.count == 2 && moves.allSatisfy { $0["before"] as? String == "a" && $0["after"] as? String == "b" }
            )
            #expect(gateway.service.policy.catalogue.models[0].prices.input == 2_000_000)
            #expect(try await admin.ask(.post, "config/dry-run?requests=0", dearer).json("decided") == "0")
            #expect(try await admin.get("audit").body.contains("dry") == false)
        }
    }

    private func dearer(_ export: String) throws -> String {
        var document = try #require(try JSONSerialization.jsonObject(with: Data(export.utf8)) as? [String: Any])
        var registry = try #require(document["registry"] as? [String: Any])
        var models = try #require(registry["models"] as? [[String: Any]])
        models[0]["prices"] = ["input": 20, "output": 80]
        registry["models"] = models
        document["registry"] = registry
        return String(decoding: try JSONSerialization.data(withJSONObject: document), as: UTF8.self)
    }

    /// The client's own limits and wishes are part of what is decided again; so is a model that is gone.
    @Test func goesByWhatClientsAskedFor() async throws {
        try await withAdministrator(settings: "routing: { exploration: 0 }") { gateway, admin in
            let message = #""messages":[{"role":"user","content":"Hello"}]"#
            try await ask(
                gateway,
                [
                    ("route", #"{\#(message),"route":{"strategy":"cost_optimized","max_cost_usd":0.01}}"#),
                    ("route", #"{\#(message),"max_tokens":9,"route":{"fallbacks":["b"],"strategy":"cost_optimized"}}"#),
                    chat("Hi", model: "a"), chat("Hi", model: "b"),
                ]
            )
            var document = try json(try await admin.get("config/export"))
            var registry = try #require(document["registry"] as? [String: Any])
            var models = try #require(registry["models"] as? [[String: Any]])
            models.remove(at: 0)
            models[0]["prices"] = ["input": 10_000, "output": 10_000]
            registry["models"] = models
            document["registry"] = registry
            let body = String(decoding: try JSONSerialization.data(withJSONObject: document), as: UTF8.self)
            let text = try await admin.ask(.post, "config/dry-run", body)
            #expect(text.status == 200, "\(text.body)")
            let answer = try json(text)
            // Too dear for the first, gone for the third.
            #expect(answer["refused_now"] as? Int == 2 && answer["same"] as? Int == 1 && answer["decided"] as? Int == 4)
            let moves = try #require(answer["moves"] as? [[String: Any]])
            #expect(moves.contains { ($0["why_after"] as? String)?.contains("max_cost_usd") == true })
        }
    }

    /// Chance falls out by the request, and alike for both configurations: they differ in nothing but what was changed.
    @Test func chanceIsTheSameForBoth() async throws {
        let settings = "routing: { exploration: 0, required_quality_from_complexity: false }"
        try await withAdministrator(settings: settings) { gateway, admin in
            try await ask(gateway, (0..<24).map { chat("Hello \($0)", model: "auto:random") })
            let export = try await admin.get("config/export").body
            let answer = try json(try await admin.ask(.post, "config/dry-run", export))
            #expect(answer["decided"] as? Int == 24 && answer["same"] as? Int == 24)
            let models = try #require(answer["models"] as? [String: [String: Int]])
            #expect(models.count == 2 && models.values.allSatisfy { $0["after", default: 0] > 0 }, "\(models)")
        }
    }

    @Test(arguments: [
        (#"{"settings":{}}"#, "registry"), (#"{"version":1,"registry":{}}"#, "not both"),
        (#"{"version":99}"#, "version"),
        (#"{"registry":{"models":[{"id":"x"}]}}"#, "prices"), ("[]", "JSON object"),
        (#"{"verzion":1}"#, "did you mean"),
    ])
    func whatCannotBeTriedIsRefused(body: String, word: String) async throws {
        try await withAdministrator { _, admin in
            let answer = try await admin.ask(.post, "config/dry-run", body)
            #expect((400...404).contains(answer.status) && answer.json("error.message").contains(word))
        }
    }

    /// A change that only a restart can make is tried as well, and said.
    @Test func saysWhatNeedsARestart() async throws {
        try await withAdministrator { _, admin in
            let export = try await admin.get("config/export").body
            let other = export.replacing(#""loops": 0"#, with: #""loops": 3"#).replacing(
                #""loops": 1"#,
                with: #""loops": 3"#
            )
            #expect(other != export)
            let answer = try await admin.ask(.post, "config/dry-run", other)
            #expect((answer.status, answer.json("needs_restart")) == (200, "loops"))
        }
    }

    @Test func versionsComeBackByTheirNumbers() async throws {
        try await withAdministrator(settings: "routing: { fallbacks_max: 1 }") { gateway, admin in
            let export = try await admin.get("config/export").body
            #expect(try await admin.get("config/versions/1").body == export)
            let changed = export.replacing(#""fallbacks_max": 1"#, with: #""fallbacks_max": 7"#)
            #expect(try await admin.ask(.post, "config/import", changed).json("version") == "2")
            #expect(try await admin.ask(.post, "config/import", changed).json("version") == "2", "nothing has changed")
            #expect(
                try await admin.ask(.post, "config/dry-run", #"{"version":1}"#).body.contains("routing.fallbacks_max")
            )
            let back = try await admin.ask(.post, "config/versions/1/rollback")
            #expect((back.json("rolled_back_to"), back.json("version")) == ("1", "3"))
            #expect(gateway.service.policy.settings.routing.fallbacksMax == 1)
            let list = try await admin.get("config/versions?limit=2")
            #expect(list.body.contains(#""action":"rollback""#) && list.json("next_cursor") == "2")
            #expect(try await admin.get("audit").body.contains(#""action":"rollback","kind":"configuration""#))
            for (method, path) in [("GET", "config/versions/9"), ("POST", "config/versions/9/rollback")] {
                let answer = try await admin.ask(method == "GET" ? .get : .post, path)
                #expect((answer.status, answer.json("error.code")) == (404, "not_found"))
            }
            #expect(try await admin.get("config/versions/x").status == 404)
        }
    }

    /// What a row says of a request is what it asked; what is not of this version says nothing.
    @Test func whatWasAskedIsReadAgain() throws {
        let body = #"{"model":"auto","max_tokens":7,"n":2,"messages":[{"role":"user","content":"Hi"}],"tools":[{}]}"#
        let request = try InferenceRequest(Array(body.utf8), endpoint: .chat, jsonDepthMax: 32)
        let asked = AskedRequest(request)
        var writer = JSONWriter()
        writer.object { writer in writer.object("asked") { asked.write(to: &$0) } }
        let document = try JSONDocument(parsing: writer.bytes, depthMax: 8)
        let value = try #require(document["asked"])
        #expect(AskedRequest(value, in: document, endpoint: .chat) == asked)
        #expect(asked.features == [.tools] && asked.outputTokensMax == 7 && asked.generationCount == 2)

        var row = RequestRow(
            id: RequestID(high: 1, low: 2),
            tenant: TenantID(rawValue: "t"),
            endpoint: "chat"
        )
        row.strategy = "balanced"
        for features in [
            "", "{", "{}", #"{"asked":1}"#, #"{"asked":{"input_tokens":"x"}}"#,
            #"{"asked":{"input_tokens":1,"route":{"strategi":1}}}"#,
        ] {
            row.features = Array(features.utf8)
            #expect(PastRequest(row) == nil, "\(features)")
        }
        row.features = Array(#"{"asked":{"input_tokens":1,"features":["tools"]},"complexity":0.5}"#.utf8)
        #expect(PastRequest(row)?.asked.features == [.tools])
        row.endpoint = "nothing"
        #expect(PastRequest(row) == nil)
    }

    @Test func differencesAreByNameAndBounded() {
        let before = #"{"m":[{"id":"a","x":1},{"id":"b","x":2}],"n":[1,2],"gone":true}"#
        let after = #"{"m":[{"id":"new","x":0},{"id":"a","x":1},{"id":"b","x":3}],"n":[1,4]}"#
        let changes = ConfigurationDifference(from: before, to: after).changes
        #expect(changes.map(\.path) == ["gone", "m[b].x", "m[new].id", "m[new].x", "n[1]"])
        #expect(changes.map(\.before) == ["true", "2", nil, nil, "2"])
        #expect(changes.map(\.after) == [nil, "3", #""new""#, "0", "4"])
        let many = "{" + (0..<500).map { #""k\#($0)":1"# }.joined(separator: ",") + "}"
        let difference = ConfigurationDifference(from: "{}", to: many)
        #expect(difference.changes.count == ConfigurationDifference.changesMax && difference.leftOut == 300)
    }
}
