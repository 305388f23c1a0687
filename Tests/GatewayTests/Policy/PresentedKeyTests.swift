import Configuration
import Domain
import HTTP
import Tenancy
import Testing
import Wire

@testable import Gateway

@Suite struct PresentedKeyTests {
    private static let settings = """
        keys:
          - { id: app, organisation: shop, secret_variable: KEY_A }
          - { id: batch, organisation: lab, secret_variable: KEY_B }
          - { id: old, organisation: lab, secret_variable: KEY_C, expires: "2020-01-01T00:00:00Z" }
          - { id: off, organisation: lab, secret_variable: KEY_D, disabled: true }
        """
    private static let environment = [
        "KEY_A": "sk-aaaaaaaaaaaaaaaa", "KEY_B": "sk-bbbbbbbbbbbbbbbb", "KEY_C": "sk-cccccccccccccccc",
        "KEY_D": "sk-dddddddddddddddd",
    ]

    private let keys: KeyDirectory

    init() throws {
        keys = try Policy.test([entry("a")], settings: Self.settings, environment: Self.environment).keys
    }

    @Test(arguments: [
        ("authorization", "Bearer sk-aaaaaaaaaaaaaaaa", "app"),
        ("authorization", "bearer sk-bbbbbbbbbbbbbbbb", "batch"),
        ("Authorization", "BEARER sk-aaaaaaaaaaaaaaaa", "app"), ("api-key", "sk-bbbbbbbbbbbbbbbb", "batch"),
    ])
    func aKeyTellsWhoAsks(name: String, value: String, id: String) throws {
        let payer = try keys.client(of: HeaderFields([name: value])).payer
        #expect(payer.key == KeyID(rawValue: id))
        #expect(payer.organisation == TenantID(rawValue: id == "app" ? "shop" : "lab"))
    }

    @Test(arguments: [
        ("authorization", ""), ("authorization", "Bearer"), ("authorization", "Bearer "),
        ("authorization", "Bearer sk-aaaaaaaaaaaaaaa"), ("authorization", "Bearer sk-aaaaaaaaaaaaaaaaa"),
        ("authorization", "Bearer sk-AAAAAAAAAAAAAAAA"), ("authorization", "sk-aaaaaaaaaaaaaaaa"),
        ("authorization", "Basic sk-aaaaaaaaaaaaaaaa"), ("api-key", ""), ("api-key", "Bearer sk-aaaaaaaaaaaaaaaa"),
        ("x-api-key-2", "sk-aaaaaaaaaaaaaaaa"), ("authorization", "Bearer KEY_A"),
        ("authorization", "Bearer ' OR 1=1 --"), ("authorization", "Bearer sk-aaaaaaaaaaaaaaaa\u{0}"),
    ])
    func anythingElseIsRefused(name: String, value: String) {
        #expect(throws: APIError.invalidAPIKey) { _ = try keys.client(of: HeaderFields([name: value])) }
    }

    @Test func noKeyAtAllIsRefused() {
        #expect(throws: APIError.invalidAPIKey) { _ = try keys.client(of: HeaderFields()) }
    }

    /// Only who has the key learns that it was one.
    @Test func aKeyThatHasExpiredOrIsOffIsToldSo() {
        #expect(throws: APIError.expiredAPIKey) {
            _ = try keys.client(of: HeaderFields(["authorization": "Bearer sk-cccccccccccccccc"]))
        }
        #expect(throws: APIError.disabledAPIKey) {
            _ = try keys.client(of: HeaderFields(["authorization": "Bearer sk-dddddddddddddddd"]))
        }
        #expect([APIError.expiredAPIKey, .disabledAPIKey, .invalidAPIKey].allSatisfy { $0.status == 401 })
    }

    @Test func whereNoKeysAreSetUpEverybodyIsAnonymous() throws {
        let open = try Policy.test([entry("a")]).keys
        for fields in [HeaderFields(), HeaderFields(["authorization": "Bearer anything"])] {
            #expect(try open.client(of: fields).payer == .anonymous)
        }
    }

    @Test func whereKeysAreRequiredNobodyIsLetInWithoutOne() throws {
        let closed = try Policy.test([entry("a")], settings: "require_keys: true").keys
        #expect(throws: APIError.invalidAPIKey) { _ = try closed.client(of: HeaderFields()) }
    }

    @Test(arguments: 0..<50)
    func bytesAreEqualIfAllOfThemAre(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let left = (0..<Int.random(in: 0..<6, using: &generator)).map { _ in
                UInt8.random(in: 0..<3, using: &generator)
            }
            let right = (0..<Int.random(in: 0..<6, using: &generator)).map { _ in
                UInt8.random(in: 0..<3, using: &generator)
            }
            #expect(isEqual(left[...], right) == (left == right))
            #expect(isEqual(left[...], left))
        }
    }

    @Test func nothingShowsTheKeys() {
        var dumped = ""
        dump(keys, to: &dumped)
        #expect(!dumped.contains("sk-a") && !"\(keys)".contains("sk-a"))
    }
}
