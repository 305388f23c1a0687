import Configuration
import Domain
import Ledger
import Tenancy
import Testing
import Upstream

@testable import Gateway

/// The configuration over HTTP: out of one gateway, into another.
@Suite struct ConfigurationEndpointsTests {
    @Test func whatOneGatewayExportsAnotherImports() async throws {
        try await withAdministrator(settings: "routing: { fallbacks_max: 1 }") { first, admin in
            let export = try await admin.get("config/export")
            #expect(export.status == 200 && !export.body.contains(Administrator.token))
            // Addresses are the first one's own, and so is the ledger.
            let own = try await admin.ask(.post, "config/import", export.body)
            #expect((own.status, own.json("imported")) == (200, "1"))
            let changed = export.body.replacing(#""fallbacks_max": 1"#, with: #""fallbacks_max": 7"#)
            #expect(changed != export.body)
            #expect(try await admin.ask(.post, "config/import", changed).status == 200)
            #expect(first.service.policy.settings.routing.fallbacksMax == 7)
            #expect(try await admin.get("audit").body.contains(#""action":"import","kind":"configuration""#))
            #expect(try await admin.ask(.post, "reload").status == 200)
            #expect(first.service.policy.settings.routing.fallbacksMax == 1, "the files are in force again")
        }
    }

    @Test(arguments: [
        ("{", "JSON"), ("{}", "registry"), (#"{"registry":{"models":[{"id":"x"}]}}"#, "prices"),
        (#"{"registry":{},"settngs":{}}"#, "did you mean `settings`?"),
    ])
    func whatIsNotSoundChangesNothing(body: String, word: String) async throws {
        try await withAdministrator { gateway, admin in
            let before = gateway.service.policy.configuration.effectiveText
            let answer = try await admin.ask(.post, "config/import", body)
            #expect(answer.status == 400 && answer.json("error.message").contains(word))
            #expect(gateway.service.policy.configuration.effectiveText == before)
        }
    }

    @Test func modelsAndPricesAreTold() async throws {
        try await withAdministrator { _, admin in
            let model = try await admin.get("models/a")
            #expect((model.json("prices.input"), model.json("prices.cached_input")) == ("2.0", "1.0"))
            #expect((model.json("has_key"), model.json("available")) == ("1", "1"))
            #expect(try await admin.get("models").body.contains(#""id":"b""#))
            let prices = try await admin.get("prices")
            #expect(
                prices.body.contains(#"{"model":"a","input":2.0,"cached_input":1.0,"cache_write":2.0,"output":8.0}"#)
            )
            #expect(!prices.json("version").isEmpty)
        }
    }

    /// Each endpoint is in the description, and names of operations and of kinds are each its own.
    @Test func theDescriptionIsWhole() async throws {
        try await withAdministrator { gateway, admin in
            let text = try await admin.get("openapi.json")
            #expect((text.status, text.json("openapi")) == (200, "3.1.0"))
            for endpoint in AdminRoutes.endpoints { #expect(text.body.contains(#""\#(endpoint.path)":"#)) }
            let names = text.body.matches(of: /"operationId":"([^"]+)"/).map { String($0.1) }
            #expect(Set(names).count == names.count && names.count == AdminRoutes.endpoints.count)
            #expect(try await gateway.get("/v1/openapi.json").body.contains("/v1/feedback"))
        }
    }

    /// A path with an escape in it is the path that it spells, and asks for the token as that does.
    @Test(arguments: [
        "/admin/v1/key%73", "/admin/v1/./keys", "/admin/v1//keys", "/admin/v1/keys/", "/admin/%2e%2e/v1/keys",
    ])
    func noSpellingOfAPathGoesPastTheToken(path: String) async throws {
        try await withAdministrator { gateway, _ in
            let answer = try await gateway.manage(.get, path)
            #expect(answer.status == 401)
        }
    }
}
