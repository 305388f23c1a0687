import Domain
import Testing
import Upstream

@testable import Gateway

/// Every answer of the API says what was done for it, also where that is nothing.
@Suite struct HeaderTests {
    private static let nothing = [
        "x-switchyard-model": "none", "x-switchyard-decision": "none", "x-switchyard-cost-usd": "0.000000000",
        "x-switchyard-attempts": "0", "x-switchyard-carbon-g": "0.000000",
        "x-switchyard-carbon-interval-g": "0.000000-0.000000; measured",
    ]

    private func expectNothing(_ answer: RunningGateway.Answer, status: Int) {
        #expect(answer.status == status)
        #expect(answer.fields["x-request-id"]?.utf8.count == 36)
        #expect(answer.fields.filter { $0.key.hasPrefix("x-switchyard-") } == Self.nothing)
    }

    /// The server's own refusals say as much as those of a handler.
    @Test func aRequestThatNoHandlerSaw() async throws {
        try await withGateway([entry("a")], settings: "limits: { body_bytes_max: 1024, head_bytes_max: 1024 }") {
            gateway in
            expectNothing(try await gateway.post("chat/completions", "{"), status: 400)
            let body = String(repeating: " ", count: 1025)
            expectNothing(try await gateway.post("chat/completions", body), status: 413)
            expectNothing(
                try await gateway.chat("a", fields: "x: \(String(repeating: "y", count: 2000))\r\n"),
                status: 431
            )
            expectNothing(try await gateway.chat("a", fields: "expect: a-miracle\r\n"), status: 417)
        }
    }

    @Test(arguments: [
        ("/v1/models", 200), ("/v1/chat/completions", 405), ("/v1/nothing", 404), ("/metrics", 200), ("/healthz", 200),
    ])
    func aRequestThatNeedsNoModel(path: String, status: Int) async throws {
        try await withGateway([entry("a")]) { gateway in
            expectNothing(try await gateway.get(path), status: status)
        }
    }

    @Test func administrationHasAnIDAlone() async throws {
        try await withGateway([entry("a")], settings: "limits: { body_bytes_max: 1024 }") { gateway in
            for answer in [
                try await gateway.manage(.get, "/healthz"),
                try await gateway.manage(.post, "/healthz", String(repeating: " ", count: 1025)),
            ] {
                #expect(answer.fields["x-request-id"]?.utf8.count == 36)
                #expect(!answer.fields.contains { $0.key.hasPrefix("x-switchyard-") })
            }
        }
    }
}
