import Domain
import Ledger
import Tenancy
import Testing

@testable import Gateway

/// Keys that administration makes, at work in a gateway.
@Suite struct StoredKeyTests {
    private static let environment = ["SWITCHYARD_KEY_PEPPER": "a-long-pepper-of-the-tests"]

    /// From the moment that the first key is there, nobody is let in without one, and never again.
    @Test func aKeyIsInForceWhenItIsMadeAndGoneWhenItIsDeleted() async throws {
        let backend = try await ScriptedBackend.sound()
        let models = [entry("a", at: backend.url), entry("b", at: backend.url)]
        try await withGateway(models, environment: Self.environment) { gateway in
            #expect(try await gateway.chat("a").status == 200)
            var order = KeyOrder(id: KeyID(rawValue: "app"), organisation: TenantID(rawValue: "shop"))
            order.policy.models = [ModelID("a")]
            order.policy.tags = ["job": "batch"]
            let (record, text) = try #require(gateway.service.hasher.issue(order, at: 1))
            try await gateway.service.control.add(record, by: "test", at: 1)
            try await gateway.service.refresh()

            #expect(try await gateway.chat("a").status == 401)
            let fields = "authorization: Bearer \(text.reveal())\r\n"
            #expect(try await gateway.chat("a", fields: fields).status == 200)
            #expect(try await gateway.chat("b", fields: fields).json("error.code") == "model_not_found")
            #expect(try await gateway.chat("auto", fields: fields).fields["x-switchyard-model"] == "a")
            #expect(try await gateway.get("/v1/models", fields: fields).body.contains("\"b\"") == false)
            let row = try #require(try await gateway.ledger().last?.request)
            #expect((row.keyID, row.tenant.rawValue, row.tags.text) == ("app", "shop", #"{"job":"batch"}"#))

            try await gateway.service.control.deleteKey(record.id, by: "test", at: 2)
            try await gateway.service.refresh()
            #expect(try await gateway.chat("a", fields: fields).status == 401)
            #expect(try await gateway.chat("a").status == 401, "no key is left, and nobody is let in")
        }
    }

    @Test func aBudgetInTheStoreIsInForceAtOnce() async throws {
        let backend = try await ScriptedBackend.sound()
        try await withGateway([entry("a", at: backend.url)], environment: Self.environment) { gateway in
            #expect(try await gateway.chat("a").status == 200)
            let budget = Budget(id: "tiny", scope: .everyone, measure: .cost, cap: 1, window: .calendar(.month))
            try await gateway.service.control.put(budget, by: "test", at: 1)
            try await gateway.service.refresh()
            #expect(try await gateway.chat("a").json("error.code") == "insufficient_quota")
        }
    }

    @Test func aKeyOfTwoNamesChangesNothing() async throws {
        let settings = "keys: [{ id: app, organisation: shop, secret_variable: CLIENT }]"
        let environment = Self.environment.merging(["CLIENT": "sk-client-0123456789"]) { $1 }
        try await withGateway([entry("a")], settings: settings, environment: environment) { gateway in
            let order = KeyOrder(id: KeyID(rawValue: "app"), organisation: TenantID(rawValue: "lab"))
            let record = try #require(gateway.service.hasher.issue(order, at: 1)).record
            try await gateway.service.control.add(record, by: "test", at: 1)
            await #expect(throws: GatewayStartError.self) { try await gateway.service.refresh() }
            #expect(gateway.service.policy.keys.keys.map(\.organisation.rawValue) == ["shop"])
        }
    }

    /// Answers are shared within an organisation, models are not.
    @Test func aCachedAnswerOfAModelThatAKeyMayNotUseIsNoAnswer() async throws {
        let backend = try await ScriptedBackend.sound()
        let settings = """
            cache: { enabled: true }
            routing: { exploration: 0 }
            keys:
              - { id: rich, organisation: shop, secret_variable: A, models: [a] }
              - { id: poor, organisation: shop, secret_variable: B, models: [b] }
            """
        let environment = ["A": "sk-aaaaaaaaaaaaaaaa", "B": "sk-bbbbbbbbbbbbbbbb"]
        let models = [entry("a", at: backend.url), entry("b", at: backend.url)]
        try await withGateway(models, settings: settings, environment: environment) { gateway in
            let exact = #""temperature":0"#
            let first = try await gateway.chat("auto", exact, fields: "api-key: sk-aaaaaaaaaaaaaaaa\r\n")
            let second = try await gateway.chat("auto", exact, fields: "api-key: sk-bbbbbbbbbbbbbbbb\r\n")
            #expect(first.fields["x-switchyard-model"] == "a" && second.fields["x-switchyard-model"] == "b")
            #expect(second.fields["x-switchyard-cache"] == nil)
        }
    }
}
