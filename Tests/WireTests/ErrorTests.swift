import Domain
import HTTP
import Testing
import Wire

@Suite struct APIErrorTests {
    /// The rows of the table of errors: status, type and code as clients know them.
    @Test(
        arguments: [
            (APIError.invalidRequest("no", param: "model"), 400, "invalid_request_error", nil),
            (
                .contextLengthExceeded(tokens: 9, contextWindow: 8), 400, "invalid_request_error",
                "context_length_exceeded"
            ),
            (.invalidAPIKey, 401, "invalid_request_error", "invalid_api_key"),
            (.forbidden("no"), 403, "invalid_request_error", "permission_denied"),
            (.modelNotFound("x"), 404, "invalid_request_error", "model_not_found"),
            (.notFound(method: "GET", path: "/x"), 404, "invalid_request_error", "unknown_url"),
            (.methodNotAllowed("PUT", path: "/x", allowed: "GET"), 405, "invalid_request_error", "method_not_allowed"),
            (.tooLarge(bodyBytesMax: 9), 413, "invalid_request_error", "request_too_large"),
            (.constraintsUnmet("no", param: nil), 422, "invalid_request_error", "constraints_unmet"),
            (.rateLimited("slow", retryAfter: .seconds(1)), 429, "rate_limit_error", "rate_limit_exceeded"),
            (.insufficientQuota("spent"), 429, "insufficient_quota", "insufficient_quota"),
            (.internal, 500, "server_error", "internal_error"),
            (.upstreamFailed("no"), 502, "server_error", "upstream_failed"),
            (.noModelAvailable("no", retryAfter: nil), 503, "server_error", "no_model_available"),
            (.overloaded("full", retryAfter: .seconds(1)), 503, "server_error", "overloaded"),
            (.timedOut("late"), 504, "server_error", "timeout"),
        ] as [(APIError, Int, String, String?)]
    )
    func hasTheFamilyThatClientsExpect(error: APIError, status: Int, type: String, code: String?) throws {
        #expect(error.status == status)
        #expect(error.type == type)
        #expect(error.code == code)
        let document = try JSONDocument(parsing: error.body, depthMax: 2)
        let members = document["error"].map { document.members(of: $0).map { text(document.rawBytes(of: $0.key)) } }
        #expect(members == [#""message""#, #""type""#, #""param""#, #""code""#])
    }

    @Test func writesAllFourKeysAndEscapesWhatClientsSent() {
        #expect(
            text(APIError.modelNotFound("a\"b\n").body)
                == #"{"error":{"message":"The model `a\"b\n` does not exist or you do not have access to it.","#
                + #""type":"invalid_request_error","param":"model","code":"model_not_found"}}"#
        )
        #expect(text(APIError.upstreamFailed("x").body).hasSuffix(#""param":null,"code":"upstream_failed"}}"#))
    }

    @Test func doesNotEchoMegabytes() {
        #expect(APIError.modelNotFound(String(repeating: "x", count: 1 << 20)).body.count < 512)
    }

    @Test func isAnEventInAStream() {
        let error = APIError.timedOut("late")
        #expect(text(error.event) == "data: \(text(error.body))\n\n")
    }

    @Test func tellsClientsWhetherToTryAgain() {
        #expect(APIError.rateLimited("slow", retryAfter: .seconds(1)).isRetryable)
        #expect(!APIError.insufficientQuota("spent").isRetryable)
        #expect(!APIError.upstreamFailed("no").isRetryable)
        #expect(APIError.noModelAvailable("no", retryAfter: .seconds(3)).isRetryable)
    }

    @Test(
        arguments: [
            (Duration.zero, 1), (.milliseconds(1), 1), (.seconds(1), 1), (.milliseconds(1001), 2), (.seconds(-5), 1),
        ] as [(Duration, Int64)]
    )
    func saysWholeSeconds(duration: Duration, seconds: Int64) {
        #expect(APIError.rateLimited("slow", retryAfter: duration).retryAfterSeconds == seconds)
    }
}

@Suite struct BackendErrorTests {
    @Test(
        arguments: [
            (
                400, #"{"error":{"message":"m","type":"invalid_request_error","param":null,"code":null}}"#,
                .invalidRequest
            ),
            (400, #"{"error":{"message":"m","code":"context_length_exceeded"}}"#, .contextLengthExceeded),
            (400, #"{"error":{"message":"m","type":"exceed_context_size_error"}}"#, .contextLengthExceeded),
            (
                400, #"{"object":"error","message":"This model's maximum context length is 8 tokens.","code":400}"#,
                .contextLengthExceeded
            ),
            (400, #"{"error":{"message":"m","code":"content_filter"}}"#, .contentRefused),
            (401, #"{"error":{"message":"m","code":"invalid_api_key"}}"#, .notAuthorized),
            (402, "", .quotaExhausted),
            (404, #"{"detail":"Not Found"}"#, .modelNotFound),
            (422, #"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, .invalidRequest),
            (429, #"{"error":{"message":"m","code":"rate_limit_exceeded"}}"#, .rateLimited),
            (
                429, #"{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                .quotaExhausted
            ),
            (429, "slow down", .rateLimited),
            (500, #"{"error":"boom"}"#, .serverError),
            (502, "<html>Bad Gateway</html>", .serverError),
            (503, "{", .overloaded),
            (529, #"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#, .overloaded),
        ] as [(Int, String, BackendError.Kind)]
    )
    func knowsTheKindOfFailure(status: Int, body: String, kind: BackendError.Kind) {
        #expect(BackendError(status: status, body: bytes(body), jsonDepthMax: 16).kind == kind)
    }

    @Test(arguments: [
        (#"{"error":{"message":"m\n"}}"#, "m\n"), (#"{"error":"boom"}"#, "boom"), (#"{"detail":"d"}"#, "d"),
        (#"{"detail":[1]}"#, "[1]"), (#"{"message":"x"}"#, "x"), ("plain", "plain"), ("", ""), ("{}", ""),
    ])
    func keepsTheBackendsWords(body: String, message: String) {
        #expect(BackendError(status: 500, body: bytes(body), jsonDepthMax: 16).message == message)
    }

    @Test func keepsOnlyTheBeginningOfMany() {
        let page = String(repeating: "é", count: 5000)
        #expect(BackendError(status: 500, body: bytes(page), jsonDepthMax: 16).message.utf8.count <= 1026)
    }
}
