import Configuration
import Domain
import HTTP
import Testing
import Wire

@testable import Gateway

@Suite struct ClientKeysTests {
    private static let settings = """
        keys:
          - { id: app, organisation: shop, secret_variable: KEY_A }
          - { id: batch, organisation: lab, secret_variable: KEY_B }
        """
    private static let environment = ["KEY_A": "sk-aaaaaaaaaaaaaaaa", "KEY_B": "sk-bbbbbbbbbbbbbbbb"]

    private let keys: ClientKeys

    init() throws {
        keys = ClientKeys(try .test([entry("a")], settings: Self.settings, environment: Self.environment))
    }

    @Test(arguments: [
        ("authorization", "Bearer sk-aaaaaaaaaaaaaaaa", "app"),
        ("authorization", "bearer sk-bbbbbbbbbbbbbbbb", "batch"),
        ("Authorization", "BEARER sk-aaaaaaaaaaaaaaaa", "app"), ("api-key", "sk-bbbbbbbbbbbbbbbb", "batch"),
    ])
    func aKeyTellsWhoAsks(name: String, value: String, id: String) throws {
        let client = try keys.client(of: HeaderFields([name: value]))
        #expect(client.keyID == id)
        #expect(client.tenant == TenantID(rawValue: id == "app" ? "shop" : "lab"))
    }

    @Test(arguments: [
        ("authorization", ""), ("authorization", "Bearer"), ("authorization", "Bearer "),
        ("authorization", "Bearer sk-aaaaaaaaaaaaaaa"), ("authorization", "Bearer sk-aaaaaaaaaaaaaaaaa"),
        ("authorization", "Bearer sk-AAAAAAAAAAAAAAAA"), ("authorization", "sk-aaaaaaaaaaaaaaaa"),
        ("authorization", "Basic sk-aaaaaaaaaaaaaaaa"), ("api-key", ""), ("api-key", "Bearer sk-aaaaaaaaaaaaaaaa"),
        ("x-api-key-2", "sk-aaaaaaaaaaaaaaaa"), ("authorization", "Bearer KEY_A"),
    ])
    func anythingElseIsRefused(name: String, value: String) {
        #expect(throws: APIError.invalidAPIKey) { try keys.client(of: HeaderFields([name: value])) }
    }

    @Test func noKeyAtAllIsRefused() {
        #expect(throws: APIError.invalidAPIKey) { try keys.client(of: HeaderFields()) }
    }

    @Test func whereNoKeysAreSetUpEverybodyIsAnonymous() throws {
        let open = ClientKeys(try .test([entry("a")]))
        for fields in [HeaderFields(), HeaderFields(["authorization": "Bearer anything"])] {
            #expect(try open.client(of: fields).tenant == .anonymous)
        }
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
        #expect(!dumped.contains("sk-a") && !"\(keys)".contains("sk-a") && !dumped.contains("97"))
    }
}
