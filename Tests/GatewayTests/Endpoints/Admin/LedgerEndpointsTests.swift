import Domain
import Ledger
import Tenancy
import Testing
import Upstream

@testable import Gateway

/// The ledger over HTTP: page by page, request by request, in sums; and what clients say of answers.
@Suite struct LedgerEndpointsTests {
    private func ids(_ answer: RunningGateway.Answer) -> [String] {
        answer.body.matches(of: /"id":"([^"]+)"/).map { String($0.1) }
    }

    @Test func pagesFollowEachOtherWithoutAGap() async throws {
        try await withAdministrator { gateway, admin in
            for _ in 0..<5 { #expect(try await gateway.chat("a").status == 200) }
            let all = try await gateway.ledger().map { "\($0.request.id)" }
            var (seen, cursor): ([String], String) = ([], "")
            repeat {
                let page = try await admin.get("requests?limit=2" + (cursor.isEmpty ? "" : "&cursor=\(cursor)"))
                #expect(page.status == 200)
                seen += ids(page)
                cursor = page.json("next_cursor")
            } while cursor != "null"
            #expect(seen == all.reversed())
        }
    }

    @Test func requestsAreFoundByWhatTheyAre() async throws {
        try await withAdministrator { gateway, admin in
            let app = "api-key: \(try await admin.makeKey("app"))\r\n"
            let web = "api-key: \(try await admin.makeKey("web"))\r\n"
            #expect(try await gateway.chat("a", fields: app).status == 200)
            #expect(try await gateway.chat("b", fields: web).status == 200)
            #expect(try await gateway.chat("c", fields: web).status == 404)
            let rows = try await gateway.ledger().map(\.request)
            func found(_ query: String) async throws -> [String] { ids(try await admin.get("requests?" + query)) }
            #expect(try await found("model=a") == ["\(rows[0].id)"])
            #expect(try await found("key=web&outcome=completed") == ["\(rows[1].id)"])
            let (invalid, refused) = (try await found("outcome=invalid"), try await found("outcome=refused"))
            #expect(invalid.count + refused.count == 1)
            #expect(try await found("organisation=shop").count == 3)
            #expect(try await found("since=\(rows[1].id.unixMilliseconds + 60_000)").isEmpty)
            #expect(try await found("until=\(rows[0].id.unixMilliseconds)").isEmpty)

            let one = try await admin.get("requests/\(rows[0].id)")
            #expect((one.json("model"), one.json("key"), one.json("feedback")) == ("a", "app", "null"))
            #expect(one.body.contains(#""attempt_list":[{"model":"a","outcome":"completed","status":200"#))
            let missing = try await admin.get("requests/00000000-0000-7000-8000-000000000000")
            #expect(missing.json("error.code") == "not_found")
        }
    }

    @Test func aReportSumsUp() async throws {
        try await withAdministrator { gateway, admin in
            for model in ["a", "a", "b"] { #expect(try await gateway.chat(model).status == 200) }
            let cost = try await gateway.ledger().reduce(0) { $0 + $1.request.cost.nanodollars }
            let whole = try await admin.get("report")
            #expect(whole.body.contains(#""requests":3"#) && whole.body.contains(#""cost_nanodollars":\#(cost)"#))
            let saved = try await gateway.ledger().reduce(0) { sum, entry in
                sum + (entry.request.baseline?.cost?.nanodollars ?? 0) - entry.request.cost.nanodollars
            }
            #expect(whole.body.contains(#""saved_nanodollars":\#(saved)"#))
            let parts = try await admin.get("report?by=model,outcome").body
            #expect(parts.contains(#"{"model":"a","outcome":"completed"},"requests":2"#))
            #expect(try await admin.get("report?by=modl").json("error.param") == "by")
        }
    }

    @Test(arguments: [
        ("requests?limit=0", "limit"), ("requests?limit=x", "limit"), ("requests?limit=1&limit=2", "limit"),
        ("requests?modl=a", "modl"), ("requests?outcome=good", "outcome"), ("requests?cursor=1", "cursor"),
        ("requests/7", "request"), ("audit?cursor=0", "cursor"), ("requests?since=-1", "since"),
    ])
    func aQuestionThatMakesNoSenseIsRefused(path: String, param: String) async throws {
        try await withAdministrator { _, admin in
            let answer = try await admin.get(path)
            #expect((answer.status, answer.json("error.param")) == (400, param))
        }
    }

    @Test func theAuditIsRead() async throws {
        try await withAdministrator { gateway, admin in
            for index in 0..<3 { _ = try await admin.makeKey("key-\(index)") }
            let first = try await admin.get("audit?limit=2")
            #expect(first.body.contains("key-2") && first.body.contains("key-1") && !first.body.contains("key-0"))
            let second = try await admin.get("audit?limit=2&cursor=\(first.json("next_cursor"))")
            #expect(second.body.contains("key-0") && second.json("next_cursor") == "null")
            #expect(try await admin.ask(.put, "models/a/availability", #"{"available":false}"#).status == 200)
            #expect(try await admin.get("audit").body.contains(#""action":"switch_off","kind":"model","subject":"a""#))
        }
    }

    // MARK: Feedback

    @Test func feedbackIsOfTheKeyThatAsked() async throws {
        try await withAdministrator { gateway, admin in
            let app = "api-key: \(try await admin.makeKey("app"))\r\n"
            let web = "api-key: \(try await admin.makeKey("web"))\r\n"
            let id = try #require(try await gateway.chat("a", fields: app).fields["x-request-id"])
            _ = try await gateway.ledger()
            let body = #"{"request_id":"\#(id)","score":0.25,"correct":false,"comment":"meh"}"#
            #expect(try await gateway.post("feedback", body).status == 401)
            #expect(try await gateway.post("feedback", body, fields: web).json("error.code") == "not_found")
            #expect(try await gateway.post("feedback", body, fields: app).json("received") == "1")
            let entry = try await admin.get("requests/\(id)")
            #expect((entry.json("feedback.score"), entry.json("feedback.correct")) == ("0.25", "0"))
            #expect(entry.json("feedback.comment") == "meh")
        }
    }

    @Test(arguments: [
        (#""score":1.01"#, "score"), (#""score":-0.01"#, "score"), (#""comment":"x""#, "score"), ("", "score"),
        (#""correct":1"#, "correct"), (#""scor":1"#, "scor"),
    ])
    func feedbackThatSaysNothingIsRefused(members: String, param: String) async throws {
        try await withGateway([entry("a")]) { gateway in
            let rest = members.isEmpty ? "" : "," + members
            let body = #"{"request_id":"0198c1f2-7b3c-7e57-9d5c-2f6a1c0b9e11"\#(rest)}"#
            let answer = try await gateway.post("feedback", body)
            #expect((answer.status, answer.json("error.param")) == (400, param))
            #expect(answer.fields["x-request-id"] != nil)
        }
    }
}
