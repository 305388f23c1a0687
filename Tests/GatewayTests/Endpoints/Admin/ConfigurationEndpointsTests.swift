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
            #expect(first.service.policy.settings.routing.fallbacksMax == 7, "the files are as they were")
            #expect(try await admin.ask(.delete, "config/import").json("deleted") == "1")
            #expect(first.service.policy.settings.routing.fallbacksMax == 1)
            #expect(try await admin.ask(.delete, "config/import").status == 404)
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

    /// Added, changed and taken out, all at once and over a reload; then the file has the last word again.
    @Test func modelsAreChangedOverTheFile() async throws {
        try await withAdministrator { gateway, admin in
            let url = gateway.service.policy.catalogue.models[0].baseURL
            func put(_ id: String, _ price: Int) async throws -> RunningGateway.Answer {
                let body = #"{"id":"\#(id)","base_url":"\#(url)","prices":{"input":\#(price),"output":8}}"#
                return try await admin.ask(.put, "models/\(id)", body)
            }
            let unknown = try await gateway.chat("c")
            #expect(unknown.status == 404)
            #expect(try await put("c", 3).json("origin") == "stored")
            #expect(try await gateway.chat("c").status == 200)
            #expect(try await put("a", 7).json("prices.input") == "7.0")
            #expect(try await admin.ask(.delete, "models/b").status == 200)
            #expect(try await gateway.chat("b").status == 404)
            #expect(try await admin.ask(.post, "reload").status == 200)
            #expect(gateway.service.policy.catalogue.models.map(\.id.rawValue) == ["a", "c"])
            #expect(try await admin.get("models/a").json("prices.input") == "7.0")
            for id in ["a", "b"] { #expect(try await admin.ask(.delete, "models/\(id)/override").status == 200) }
            #expect(try await admin.ask(.delete, "models/c").status == 200)
            #expect(gateway.service.policy.catalogue.models.map(\.id.rawValue) == ["a", "b"])
            #expect(try await admin.get("models/a").json("prices.input") == "2.0")
            #expect(try await admin.ask(.delete, "models/c").json("error.code") == "model_not_found")
            #expect(try await admin.ask(.delete, "models/a/override").json("error.code") == "not_found")
        }
    }

    @Test(arguments: [
        ("c", #"{"id":"c","prices":{"input":1,"output":1}}"#, "base_url"), ("c", #"{"id":"d"}"#, "is not `c`"),
        (
            "c", #"{"id":"c","aliases":["a"],"base_url":"http://x/v1","prices":{"input":1,"output":1}}"#,
            "a name of model"
        ),
        ("a", #"{"id":"a","qualty":1}"#, "did you mean `quality`?"), ("c", "[]", "JSON object"),
    ])
    func aModelThatMakesNoSenseChangesNothing(id: String, body: String, word: String) async throws {
        try await withAdministrator { gateway, admin in
            let before = gateway.service.policy.configuration.effectiveText
            let answer = try await admin.ask(.put, "models/\(id)", body)
            #expect((400...409).contains(answer.status) && answer.json("error.message").contains(word))
            #expect(gateway.service.policy.configuration.effectiveText == before)
            #expect(try await gateway.service.control.audit(limit: 9, before: nil).isEmpty)
        }
    }

    @Test func aModelThatAKeyIsForStays() async throws {
        try await withAdministrator { _, admin in
            _ = try await admin.makeKey("app", #""models":["a"]"#)
            #expect(try await admin.ask(.delete, "models/a").json("error.code") == "in_use")
            #expect(try await admin.ask(.delete, "models/b").status == 200)
        }
    }

    @Test func modelsAndPricesAreTold() async throws {
        try await withAdministrator { _, admin in
            let model = try await admin.get("models/a")
            #expect((model.json("prices.input"), model.json("prices.cached_input")) == ("2.0", "1.0"))
            #expect((model.json("has_key"), model.json("available")) == ("1", "1"))
            #expect(try await admin.get("models").body.contains(#""id":"b""#))
            let prices = try await admin.get("prices")
            let line = #"{"model":"a","input":2.0,"cached_input":1.0,"cache_write":2.0,"output":8.0,"#
            #expect(prices.body.contains(line + #""audio_input":2.0,"audio_output":8.0}"#))
            #expect(!prices.json("version").isEmpty)
        }
    }

    /// Whatever version a row of the ledger names, its prices can be had.
    @Test func priceListsThatWereInForceAreTold() async throws {
        try await withAdministrator { gateway, admin in
            #expect(try await gateway.chat("a").status == 200)
            let url = gateway.service.policy.catalogue.models[0].baseURL
            let dearer = #"{"id":"a","base_url":"\#(url)","prices":{"input":70,"output":80}}"#
            #expect(try await admin.ask(.put, "models/a", dearer).status == 200)
            #expect(try await gateway.chat("a").status == 200)
            let versions = try await gateway.ledger().map(\.request.priceVersion)
            #expect(Set(versions).count == 2)
            for (version, price) in zip(versions, ["2.0", "70.0"]) {
                let list = try await admin.get("prices/versions/\(version)")
                #expect(list.status == 200 && list.body.contains(#"{"model":"a","input":\#(price),"#))
            }
            let newest = try await admin.get("prices/versions?limit=1")
            #expect(newest.body.contains(versions[1]) && !newest.body.contains(versions[0]))
            let rest = try await admin.get("prices/versions?limit=1&cursor=\(newest.json("next_cursor"))")
            #expect(rest.body.contains(versions[0]) && !rest.body.contains(versions[1]))
            #expect(try await admin.get("prices/versions/nothing").json("error.code") == "not_found")
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
