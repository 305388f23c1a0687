import Domain
import Ledger
import Tenancy
import Testing
import Upstream

@testable import Gateway

/// Organisations and teams over HTTP.
@Suite struct TenantEndpointsTests {
    @Test func anOrganisationIsMadeChangedAndDeleted() async throws {
        try await withAdministrator { gateway, admin in
            let made = try await admin.ask(.post, "organisations", #"{"id":"shop","name":"The Shop"}"#)
            #expect((made.status, made.json("name"), made.json("disabled")) == (201, "The Shop", "0"))
            #expect(try await admin.ask(.post, "organisations", #"{"id":"shop"}"#).status == 409)
            let text = try await admin.makeKey("app")
            #expect(try await admin.ask(.patch, "organisations/shop", #"{"disabled":true}"#).json("disabled") == "1")
            let refused = try await gateway.chat("a", fields: "api-key: \(text)\r\n")
            #expect(refused.json("error.code") == "disabled_api_key")
            #expect(try await admin.get("organisations/shop").json("name") == "The Shop")
            #expect(try await admin.ask(.delete, "organisations/shop").json("error.code") == "in_use")
            #expect(try await admin.ask(.delete, "keys/app").status == 200)
            #expect(try await admin.ask(.delete, "organisations/shop").status == 200)
            #expect(try await admin.get("organisations/shop").status == 404)
        }
    }

    @Test func aTeamIsOfAnOrganisationAndKeepsItsKeysTogether() async throws {
        try await withAdministrator { _, admin in
            #expect(try await admin.ask(.post, "organisations", #"{"id":"shop"}"#).status == 201)
            let wrong = try await admin.ask(.post, "teams", #"{"id":"web","organisation":"shp"}"#)
            #expect(wrong.status == 400 && wrong.json("error.message").contains("did you mean `shop`?"))
            #expect(try await admin.ask(.post, "teams", #"{"id":"web","organisation":"shop"}"#).status == 201)
            #expect(try await admin.makeKey("app", #""team":"web""#).hasPrefix("sk-"))
            #expect(try await admin.get("keys?team=web").body.contains("\"app\""))
            #expect(try await !admin.get("keys?team=other").body.contains("\"app\""))
            #expect(try await admin.ask(.patch, "teams/web", #"{"name":"Web"}"#).json("name") == "Web")
            #expect(try await admin.ask(.delete, "teams/web").json("error.code") == "in_use")
            #expect(try await admin.ask(.delete, "keys/app").status == 200)
            #expect(try await admin.ask(.delete, "teams/web").status == 200)
            #expect(try await admin.get("teams/web").status == 404)
        }
    }

    @Test func whatTheSettingsDeclareIsShownAndNotChanged() async throws {
        let settings = """
            organisations: [{ id: shop }]
            teams: [{ id: web, organisation: shop }]
            """
        try await withAdministrator(settings: settings) { _, admin in
            for (path, change) in [("organisations/shop", #"{"name":"x"}"#), ("teams/web", #"{"name":"x"}"#)] {
                let shown = try await admin.get(path)
                #expect(shown.json("origin") == "declared")
                #expect(try await admin.ask(.patch, path, change).json("error.code") == "declared_in_settings")
                #expect(try await admin.ask(.delete, path).json("error.code") == "declared_in_settings")
            }
        }
    }
}
