import Configuration
import Domain
import Routing
import Testing
import Upstream

@testable import Gateway

@Suite struct PolicyTests {
    private static let keyed = entry("keyed", "key_variable: PROVIDER_KEY")

    @Test func everyModelHasItsBackendInTheCataloguesOrder() throws {
        let policy = try Policy.test([entry("a", at: "http://127.0.0.1:1/x"), entry("b", at: "http://127.0.0.1:2/y")])
        #expect(policy.backends.map(\.origin.port) == [1, 2])
        #expect(policy.backends.map { $0.path(for: .chat) } == ["/x/chat/completions", "/y/chat/completions"])
    }

    @Test func aModelsKeyComesFromItsVariable() throws {
        let policy = try Policy.test([Self.keyed], environment: ["PROVIDER_KEY": "sk-1"])
        #expect(policy.backends[0].headerLines(adding: []).text.contains("Bearer sk-1\r\n"))
        #expect(policy.fleet.availability(0, now: 0) == .available)
    }

    @Test func aModelWithoutItsKeyIsLeftOut() throws {
        let policy = try Policy.test([Self.keyed, entry("b")])
        #expect(policy.fleet.availability(0, now: 0) == .switchedOff)
        #expect(policy.fleet.availability(1, now: 0) == .available)
    }

    @Test func autoChoosesAmongAllUnlessTheSettingsNameSome() throws {
        let models = [entry("a"), entry("b")]
        #expect(try Policy.test(models).autoModels == nil)
        #expect(try Policy.test(models, settings: "routing: { auto_models: [b] }").autoModels == [ModelID("b")])
    }

    // MARK: Reload

    @Test func whatWasLearntOutlivesAReload() throws {
        let old = try Policy.test([entry("a"), entry("b")])
        old.fleet.observe(1, latency: .seconds(1), cost: Money(nanodollars: 5), succeeded: true)
        #expect(old.fleet.acquire(1))
        let new = try Policy.test([entry("b"), entry("c")], replacing: old)
        let statistics = new.fleet.statistics(now: 0)
        #expect(statistics.map(\.samples) == [1, 0])
        #expect(statistics.map(\.active) == [1, 0])
    }

    @Test func whatTheOperatorSwitchedOffStaysOff() throws {
        let old = try Policy.test([entry("a")])
        old.fleet.switchOff(0)
        #expect(try Policy.test([entry("a")], replacing: old).fleet.availability(0, now: 0) == .switchedOff)
    }

    @Test func aModelIsSwitchedOnOnceAReloadGivesItItsKey() throws {
        let old = try Policy.test([Self.keyed])
        let new = try Policy.test([Self.keyed], environment: ["PROVIDER_KEY": "sk-1"], replacing: old)
        #expect(new.fleet.availability(0, now: 0) == .available)
    }

    @Test func aModelThatLosesItsKeyIsSwitchedOff() throws {
        let old = try Policy.test([Self.keyed], environment: ["PROVIDER_KEY": "sk-1"])
        let new = try Policy.test([Self.keyed], replacing: old)
        #expect(new.fleet.availability(0, now: 0) == .switchedOff)
    }
}
