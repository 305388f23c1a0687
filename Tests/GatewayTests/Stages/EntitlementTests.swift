import Domain
import Routing
import Tenancy
import Testing
import Wire

@testable import Gateway

@Suite struct EntitlementTests {
    private let models = [entry("a", "aliases: [x]"), entry("b"), entry("c")]

    @Test func aKeyChoosesAmongItsModelsAlone() throws {
        let policy = try Policy.test(models)
        #expect(policy.autoModels(for: .anonymous) == nil)
        #expect(policy.autoModels(for: client { $0.models = ["c", "a"].ids }) == ["a", "c"].map { ModelID($0) })
        let narrowed = try Policy.test(models, settings: "routing: { auto_models: [b, c] }")
        #expect(narrowed.autoModels(for: client { $0.models = ["c", "a"].ids }) == [ModelID("c")])
        #expect(narrowed.autoModels(for: client { $0.models = ["a"].ids }) == [])
    }

    /// A model that a key must not use does not exist for it, by whatever name.
    @Test(arguments: ["a", "x"])
    func aModelOfOthersIsUnknown(name: String) throws {
        let policy = try Policy.test(models)
        let outsider = client { $0.models = ["b"].ids }
        #expect(throws: GatewayError.self) { try policy.wishes(model: name, options: nil, of: outsider) }
        #expect(try policy.wishes(model: "b", options: nil, of: outsider).pinned == ModelID("b"))
        let insider = client { $0.models = ["a"].ids }
        #expect(try policy.wishes(model: name, options: nil, of: insider).pinned == ModelID("a"))
    }

    @Test func theRequestCarriesWhatTheKeyAllows() throws {
        let policy = try Policy.test(models)
        let outsider = client { $0.models = ["b"].ids }
        let wishes = try policy.wishes(model: "auto", options: nil, of: outsider)
        let asked = policy.routingRequest(
            try .chat(#"{"model":"auto","messages":[{"role":"user","content":"hi"}]}"#),
            wishes: wishes
        )
        #expect(asked.request.only == [ModelID("b")])
    }

    @Test func aStrategyOfOthersIsForbidden() throws {
        let policy = try Policy.test(models)
        let thrifty = client { $0.strategies = ["cost_optimized", "random"] }
        #expect(try policy.wishes(model: "auto:random", options: nil, of: thrifty).strategy == .random)
        let error = #expect(throws: GatewayError.self) {
            try policy.wishes(model: "auto:balanced", options: nil, of: thrifty)
        }
        #expect(error?.response.status == 403)
        // Without a strategy of its own, the first that it may use stands in for a default that it may not.
        #expect(try policy.wishes(model: "auto", options: nil, of: thrifty).strategy == .costOptimized)
        let own = client { $0.defaultStrategy = "random" }
        #expect(try policy.wishes(model: "auto", options: nil, of: own).strategy == .random)
    }

    @Test func tagsOfTheKeyWinOverThoseOfTheRequest() {
        let tagged = client { $0.tags = ["job": "batch", "a": "1"] }
        #expect(tagged.tags(with: ["job": "mine", "z": "2"]) == ["a": "1", "job": "batch", "z": "2"])
        #expect(Client.anonymous.tags(with: [:]).isEmpty)
    }

    @Test func thePriorityOfTheKeyIsAdded() throws {
        let low = client { $0.priority = -10 }
        #expect(try Policy.test(models).wishes(model: "auto", options: nil, of: low).priority == -10)
    }

    private func client(_ change: (inout KeyPolicy) -> Void) -> Client {
        var policy = KeyPolicy()
        change(&policy)
        return Client(payer: .anonymous, policy: policy)
    }
}

extension [String] {
    fileprivate var ids: Set<ModelID> { Set(map { ModelID($0) }) }
}
