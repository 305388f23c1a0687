import Domain
import HTTP
import Ledger
import Routing
import Testing
import Upstream

@testable import Gateway

/// Administration answers whoever has its token, and nobody else.
@Suite struct AdminTests {
    private static let token = "admin-token-0123456789"
    private static let bearer = "authorization: Bearer \(token)\r\n"
    private static let paths = [
        "/admin/v1/statistics", "/admin/v1/config", "/admin/v1/reload", "/admin/v1/models/a/availability", "/admin/",
        "/admin/nothing", "/admin/v1/statistics?x=1",
    ]

    /// Runs `body` with a gateway that has a token, a client's key and a provider's.
    private func withAdmin(_ body: (RunningGateway) async throws -> Void) async throws {
        let settings = "keys: [{ id: app, organisation: shop, secret_variable: CLIENT }]"
        let environment = [
            "SWITCHYARD_ADMIN_TOKEN": Self.token, "CLIENT": "sk-client-0123456789",
            "PROVIDER": "sk-provider-0123456789",
        ]
        let model = entry("a", "key_variable: PROVIDER")
        try await withGateway([model], settings: settings, environment: environment, body)
    }

    @Test(arguments: paths)
    func withoutTheTokenNothingIsAnswered(path: String) async throws {
        try await withAdmin { gateway in
            for fields in [
                "", "authorization: Bearer wrong\r\n", "authorization: \(Self.token)\r\n",
                "x-forwarded-for: 127.0.0.1\r\n",
            ] {
                for method in [.get, .put, .post] as [UpstreamRequest.Method] {
                    let answer = try await gateway.manage(method, path, fields: fields)
                    #expect((answer.status, answer.json("error.code")) == (401, "invalid_api_key"))
                }
            }
            let client = try await gateway.manage(.get, path, fields: "authorization: Bearer sk-client-0123456789\r\n")
            #expect(client.status == 401, "a client's key is no administrator's")
        }
    }

    /// The audit says who changed what, and who may only look changes nothing.
    @Test func administratorsHaveNamesOfTheirOwn() async throws {
        let settings = """
            administrators:
              - { id: ann, secret_variable: ANN }
              - { id: bob, secret_variable: BOB, read_only: true }
            """
        let (ann, bob) = ("token-of-ann-0123456789", "token-of-bob-0123456789")
        try await withGateway(
            [entry("a")],
            settings: settings,
            environment: ["SWITCHYARD_ADMIN_TOKEN": Self.token, "ANN": ann, "BOB": bob]
        ) { gateway in
            let answer: (String, UpstreamRequest.Method, String, String) async throws -> RunningGateway.Answer = {
                try await gateway.manage($1, "/admin/v1/" + $2, $3, fields: "authorization: Bearer \($0)\r\n")
            }
            #expect(try await answer(ann, .post, "organisations", #"{"id":"one"}"#).status == 201)
            #expect(try await answer(Self.token, .post, "organisations", #"{"id":"two"}"#).status == 201)
            #expect(try await answer(bob, .get, "organisations/one", "").status == 200)
            #expect(try await answer(bob, .delete, "organisations/one", "").status == 403)
            #expect(try await answer(bob, .post, "reload", "").status == 403)
            #expect(try await answer("token-of-ann-012345678", .get, "organisations", "").status == 401)
            let audit = try await gateway.service.control.audit(limit: 9, before: nil)
            #expect(audit.map(\.actor) == ["admin", "ann"])
        }
    }

    /// No default credential: where no token is set, nobody gets in.
    @Test(arguments: ["", "authorization: Bearer \r\n", "authorization: Bearer admin\r\n"])
    func withoutATokenSetAdministrationIsOff(fields: String) async throws {
        try await withGateway([entry("a")]) { gateway in
            let answer = try await gateway.manage(.get, "/admin/v1/config", fields: fields)
            #expect(answer.status == 403)
            #expect(answer.json("error.message").contains("SWITCHYARD_ADMIN_TOKEN"))
        }
    }

    @Test func theConfigurationIsShownWithoutItsSecrets() async throws {
        try await withAdmin { gateway in
            let answer = try await gateway.manage(.get, "/admin/v1/config", fields: Self.bearer)
            #expect(answer.status == 200 && answer.body.contains("secret_variable: CLIENT"))
            for secret in [Self.token, "sk-client", "sk-provider"] { #expect(!answer.body.contains(secret)) }
        }
    }

    @Test func aModelIsSwitchedOffAndOnAgain() async throws {
        try await withAdmin { gateway in
            for isAvailable in [false, true] {
                let path = "/admin/v1/models/a/availability"
                let answer = try await gateway.manage(
                    .put,
                    path,
                    #"{"available":\#(isAvailable)}"#,
                    fields: Self.bearer
                )
                #expect((answer.status, answer.json("available")) == (200, isAvailable ? "1" : "0"))
                #expect((gateway.service.policy.fleet.availability(0, now: 0) == .available) == isAvailable)
                let statistics = try await gateway.manage(.get, "/admin/v1/statistics", fields: Self.bearer)
                #expect(statistics.json("model_stats.a.available") == (isAvailable ? "1" : "0"))
            }
        }
    }

    @Test(arguments: [
        ("a", "{", 400), ("a", #"{"available":1}"#, 400), ("a", "{}", 400), ("b", #"{"available":true}"#, 404),
    ])
    func aSwitchThatMakesNoSenseIsRefused(model: String, body: String, status: Int) async throws {
        try await withAdmin { gateway in
            let path = "/admin/v1/models/\(model)/availability"
            let answer = try await gateway.manage(.put, path, body, fields: Self.bearer)
            #expect(answer.status == status)
        }
    }

    @Test func aReloadIsDoneOnDemandAndSaysWhatIsWrong() async throws {
        try await withAdmin { gateway in
            let sound = try await gateway.manage(.post, "/admin/v1/reload", fields: Self.bearer)
            #expect(sound.status == 200)
            try gateway.willLoad(["{ id: b }"])
            let answer = try await gateway.manage(.post, "/admin/v1/reload", fields: Self.bearer)
            #expect(answer.status == 400 && answer.json("error.message").contains("prices"))
        }
    }

    @Test(arguments: Self.paths)
    func theAPIKnowsNothingOfIt(path: String) async throws {
        try await withAdmin { gateway in
            let answer = try await gateway.get(path, fields: Self.bearer)
            #expect(answer.status == 404)
        }
    }
}
