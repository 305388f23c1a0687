import Domain
import Ledger
import Tenancy
import Testing
import Upstream

@testable import Gateway

/// Keys over HTTP: a change is in force when its answer is there, and leaves an audit row without the secret.
@Suite struct KeyEndpointsTests {
    private static let declared = "keys: [{ id: fixed, organisation: shop, secret_variable: CLIENT }]"

    @Test func aKeyWorksFromItsMakingToItsDeletion() async throws {
        try await withAdministrator { gateway, admin in
            let text = try await admin.makeKey("app", #""models":["a"],"tags":{"job":"batch"},"note":"n""#)
            #expect(text.hasPrefix("sk-sy-"))
            let fields = "authorization: Bearer \(text)\r\n"
            #expect(try await gateway.chat("a", fields: fields).status == 200)
            #expect(try await gateway.chat("b", fields: fields).status == 404)
            #expect(try await gateway.chat("a").status == 401)

            let shown = try await admin.get("keys/app")
            #expect((shown.status, shown.json("hint"), shown.json("origin")) == (200, String(text.suffix(4)), "stored"))
            #expect(shown.json("tags.job") == "batch")
            #expect(try await admin.ask(.patch, "keys/app", #"{"models":null,"disabled":false}"#).status == 200)
            #expect(try await gateway.chat("b", fields: fields).status == 200)
            #expect(try await admin.get("keys/app").json("note") == "n", "what is not mentioned stays")
            #expect(try await admin.ask(.patch, "keys/app", #"{"disabled":true}"#).status == 200)
            #expect(try await gateway.chat("b", fields: fields).json("error.code") == "disabled_api_key")
            #expect(try await admin.ask(.patch, "keys/app", #"{"disabled":false,"expires_unix_ms":1}"#).status == 200)
            #expect(try await gateway.chat("b", fields: fields).json("error.code") == "expired_api_key")

            #expect(try await admin.ask(.delete, "keys/app").json("deleted") == "1")
            #expect(try await gateway.chat("b", fields: fields).json("error.code") == "invalid_api_key")
            #expect(try await admin.get("keys/app").status == 404)
            let again = try await admin.ask(.post, "keys", #"{"id":"app","organisation":"shop"}"#)
            #expect((again.status, again.json("error.code")) == (409, "already_exists"))
        }
    }

    @Test func aTeamTellsWhoPays() async throws {
        try await withAdministrator(settings: "teams: [{ id: search, organisation: shop }]") { _, admin in
            let made = try await admin.ask(.post, "keys", #"{"id":"app","team":"search"}"#)
            #expect((made.status, made.json("organisation"), made.json("team")) == (201, "shop", "search"))
        }
    }

    @Test func aRotatedKeyHasAnotherTextAndTheSameRights() async throws {
        try await withAdministrator { gateway, admin in
            let old = try await admin.makeKey("app", #""models":["a"]"#)
            let new = try await admin.ask(.post, "keys/app/rotate").json("key")
            #expect(new.hasPrefix("sk-sy-") && new != old)
            #expect(try await gateway.chat("a", fields: "api-key: \(old)\r\n").status == 401)
            #expect(try await gateway.chat("a", fields: "api-key: \(new)\r\n").status == 200)
            #expect(try await gateway.chat("b", fields: "api-key: \(new)\r\n").status == 404)
        }
    }

    /// The text is in the answer to its making and in none after that, nor in the audit.
    @Test func theTextIsShownOnce() async throws {
        try await withAdministrator { _, admin in
            let text = try await admin.makeKey("app")
            #expect(try await admin.ask(.patch, "keys/app", #"{"priority":1}"#).status == 200)
            for path in ["keys", "keys/app", "audit", "config", "config/export", "openapi.json", "keys/app/limits"] {
                let answer = try await admin.get(path)
                #expect(answer.status == 200 && !answer.body.contains(text) && !answer.body.contains("\"hash\""))
            }
            let audit = try await admin.get("audit").body
            #expect(audit.contains(#""action":"create","kind":"key","subject":"app""#))
            #expect(audit.contains(#""action":"change","kind":"key","subject":"app""#))
        }
    }

    @Test func aKeyMayHaveARouterOfItsOwn() async throws {
        let settings = "routers: [{ id: words, kind: lexical }, { id: dice, kind: random }]\nrouting: { router: dice }"
        try await withAdministrator(settings: settings) { gateway, admin in
            let text = try await admin.makeKey("app", #""router":"words""#)
            #expect(try await admin.get("keys/app").json("router") == "words")
            let ask = #"{"messages":[{"role":"user","content":"Hi"}],"route":{"dry_run":true}}"#
            func router() async throws -> String {
                try await gateway.post("route", ask, fields: "api-key: \(text)\r\n").json("router")
            }
            #expect(try await router() == "words")
            #expect(try await admin.ask(.patch, "keys/app", #"{"router":"none"}"#).status == 200)
            #expect(try await router().isEmpty)
            #expect(try await admin.ask(.patch, "keys/app", #"{"router":null}"#).status == 200)
            #expect(try await router() == "dice")
        }
    }

    @Test func limitsAreInForceAtOnceAndCanBeSeen() async throws {
        try await withAdministrator { gateway, admin in
            let text = try await admin.makeKey("app", #""limits":{"requests_per_minute":2}"#)
            let fields = "api-key: \(text)\r\n"
            #expect(try await gateway.chat("a", fields: fields).status == 200)
            let left = try await admin.get("keys/app/limits")
            #expect((left.json("requests.limit"), left.json("requests.remaining")) == ("2", "1"))
            #expect(left.json("tokens") == "null")
            let limits = try await admin.get("limits").body
            #expect(limits.contains(#"{"scope":"key","of":"app","requests_per_minute":2,"tokens_per_minute":null"#))
            #expect(try await gateway.chat("a", fields: fields).status == 200)
            #expect(try await gateway.chat("a", fields: fields).status == 429)
            #expect(try await admin.ask(.patch, "keys/app", #"{"limits":{"requests_per_minute":null}}"#).status == 200)
            #expect(try await gateway.chat("a", fields: fields).status == 200)
        }
    }

    @Test(arguments: [
        (#"{"organisation":"shop","modls":["a"]}"#, 400, "modls"), (#"{"id":"x"}"#, 400, "organisation"),
        (#"{"organisation":"shop","models":["aa"]}"#, 400, "models"),
        (#"{"organisation":"shop","id":"fixed"}"#, 409, "null"),
        (#"{"organisation":"shop","team":"nobody"}"#, 409, "null"), (#"{"team":"nobody"}"#, 400, "organisation"),
        (#"{"organisation":"shop","limits":{"concurrency_max":-1}}"#, 400, "limits.concurrency_max"),
        (#"{"organisation":"shop","default_strategy":"fastest"}"#, 400, "default_strategy"),
        (#"{"organisation":"shop","router":"words"}"#, 400, "router"),
        (#"{"organisation":"shop","id":"a b"}"#, 400, "id"), ("[]", 400, "null"), ("", 400, "null"),
    ])
    func anOrderThatMakesNoSenseIsRefused(body: String, status: Int, param: String) async throws {
        try await withAdministrator(settings: Self.declared) { _, admin in
            let answer = try await admin.ask(.post, "keys", body)
            #expect((answer.status, answer.json("error.param")) == (status, param))
            #expect(try await admin.get("audit").body.contains(#""data":[]"#), "nothing was changed")
        }
    }

    @Test func aKeyOfTheSettingsIsShownAndNotChanged() async throws {
        try await withAdministrator(settings: Self.declared) { _, admin in
            #expect(try await admin.get("keys/fixed").json("origin") == "declared")
            for (method, path) in [(.patch, "keys/fixed"), (.delete, "keys/fixed"), (.post, "keys/fixed/rotate")]
                as [(UpstreamRequest.Method, String)]
            {
                let answer = try await admin.ask(method, path, method == .patch ? "{}" : "")
                #expect((answer.status, answer.json("error.code")) == (409, "declared_in_settings"))
            }
        }
    }

    /// A key that nobody could be met by after a restart is not made.
    @Test func withoutAPepperNoKeyIsMade() async throws {
        let environment = ["SWITCHYARD_ADMIN_TOKEN": Administrator.token]
        try await withGateway([entry("a")], environment: environment) { gateway in
            let body = #"{"organisation":"shop"}"#
            let answer = try await Administrator(gateway: gateway).ask(.post, "keys", body)
            #expect((answer.status, answer.json("error.code")) == (409, "no_key_pepper"))
            #expect(answer.json("error.message").contains("SWITCHYARD_KEY_PEPPER"))
        }
    }

    /// Sixteen at once: each is there afterwards, in force and in the audit.
    @Test func changesAtOnceLoseNothing() async throws {
        try await withAdministrator { gateway, admin in
            await withTaskGroup { group in
                for index in 0..<16 {
                    group.addTask { _ = try? await admin.makeKey("key-\(index)") }
                }
            }
            #expect(gateway.service.policy.keys.keys.count == 16)
            let stored = try await gateway.service.control.contents()
            #expect(stored.keys.count == 16)
            #expect(try await gateway.service.control.audit(limit: 100, before: nil).count == 16)
        }
    }
}
