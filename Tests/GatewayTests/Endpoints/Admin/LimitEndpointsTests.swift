import Ledger
import Testing
import Upstream

@testable import Gateway

/// Rate limits over HTTP: in force at once, for whomever requests are of.
@Suite struct LimitEndpointsTests {
    @Test(arguments: [
        #""scope":"everyone""#, #""scope":"organisation","of":"shop""#, #""scope":"team","of":"web""#,
        #""scope":"tag","of":"job=batch""#, #""scope":"model","of":"a""#,
    ])
    func aLimitRefusesFromItsMakingToItsDeletion(scope: String) async throws {
        try await withAdministrator { gateway, admin in
            #expect(try await admin.ask(.post, "organisations", #"{"id":"shop"}"#).status == 201)
            #expect(try await admin.ask(.post, "teams", #"{"id":"web","organisation":"shop"}"#).status == 201)
            let key = "api-key: \(try await admin.makeKey("app", #""team":"web","tags":{"job":"batch"}"#))\r\n"
            let order = #"{\#(scope),"requests_per_minute":1}"#
            let made = try await admin.ask(.put, "limits", order)
            #expect((made.status, made.json("requests_per_minute"), made.json("origin")) == (200, "1", "stored"))
            #expect(
                try await admin.get("limits").body.contains(
                    #"{\#(scope.contains("of") ? scope : scope + #","of":null"#),"#
                )
            )
            #expect(try await gateway.chat("a", fields: key).status == 200)
            #expect(try await gateway.chat("a", fields: key).status == 429)
            #expect(try await admin.ask(.put, "limits", #"{\#(scope),"requests_per_minute":900}"#).status == 200)
            #expect(try await gateway.chat("a", fields: key).status == 200)
            let query = scope.replacing(#"":""#, with: "=").replacing("\",\"", with: "&").replacing("\"", with: "")
                .replacing("job=batch", with: "job%3Dbatch")
            let gone = try await admin.ask(.delete, "limits?" + query)
            #expect((gone.status, gone.json("deleted")) == (200, "1"))
            #expect(try await admin.ask(.delete, "limits?" + query).status == 404)
            #expect(try await admin.get("limits").body.contains(#""data":[]"#))
            #expect(try await admin.get("audit").body.contains(#""action":"delete","kind":"rate_limit""#))
        }
    }

    @Test(arguments: [
        (#"{"scope":"team","of":"nobody","requests_per_minute":1}"#, 400, "of"),
        (#"{"scope":"team","requests_per_minute":1}"#, 400, "of"),
        (#"{"scope":"everyone","of":"x","requests_per_minute":1}"#, 400, "of"),
        (#"{"scope":"everyone"}"#, 400, "requests_per_minute"),
        (#"{"scope":"everyone","requests_per_minute":0}"#, 400, "requests_per_minute"),
        (#"{"scope":"key","of":"app","requests_per_minute":1}"#, 400, "scope"),
        (#"{"scope":"model","of":"a","requests_per_minute":1}"#, 409, "null"),
    ])
    func aLimitForNobodyOrOfTheSettingsIsRefused(order: String, status: Int, param: String) async throws {
        let settings = "rate_limits: [{ scope: model, of: a, requests_per_minute: 50 }]"
        try await withAdministrator(settings: settings) { gateway, admin in
            _ = try await admin.makeKey("app")
            let answer = try await admin.ask(.put, "limits", order)
            #expect((answer.status, answer.json("error.param")) == (status, param))
            #expect(gateway.service.policy.stored.rateLimits.isEmpty)
            #expect(try await admin.get("limits").body.contains(#""requests_per_minute":50"#))
            #expect(
                try await admin.ask(.delete, "limits?scope=model&of=a").json("error.code") == "declared_in_settings"
            )
        }
    }

    @Test func whatALimitIsForIsNotDeleted() async throws {
        try await withAdministrator { _, admin in
            let made = try await admin.ask(.post, "organisations", #"{"id":"lab"}"#)
            let order = #"{"scope":"organisation","of":"lab","concurrency_max":3}"#
            let limited = try await admin.ask(.put, "limits", order)
            #expect((made.status, limited.status) == (201, 200))
            let inUse = try await admin.ask(.delete, "organisations/lab")
            #expect(inUse.json("error.code") == "in_use")
            for path in ["limits?scope=organisation&of=lab", "organisations/lab"] {
                let gone = try await admin.ask(.delete, path)
                #expect(gone.status == 200)
            }
        }
    }

    /// Feedback is a request of its key's like others.
    @Test func feedbackIsLimitedToo() async throws {
        try await withAdministrator { gateway, admin in
            let key = "api-key: \(try await admin.makeKey("app", #""limits":{"requests_per_minute":2}"#))\r\n"
            let id = try await gateway.chat("a", fields: key).fields["x-request-id"] ?? ""
            _ = try await gateway.ledger()
            let feedback = #"{"request_id":"\#(id)","score":1}"#
            #expect(try await gateway.post("feedback", feedback, fields: key).status == 200)
            let refused = try await gateway.post("feedback", feedback, fields: key)
            #expect((refused.status, refused.json("error.code")) == (429, "rate_limit_exceeded"))
            #expect(refused.fields["retry-after"] != nil)
        }
    }
}
