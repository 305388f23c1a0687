import Domain
import Ledger
import Reactor
import Routing
import Testing
import Upstream
import Wire

@testable import Gateway

@Suite struct GatewayErrorTests {
    struct Case: Sendable {
        let error: GatewayError
        let status: Int
        let code: String?
        let outcome: Outcome
    }

    static let cases: [Case] = [
        Case(error: .invalid(.invalidAPIKey), status: 401, code: "invalid_api_key", outcome: .invalid),
        Case(error: .unknownModel("x"), status: 404, code: "model_not_found", outcome: .invalid),
        Case(
            error: .notRouted(.constrained([]), explanation: "e"),
            status: 422,
            code: "constraints_unmet",
            outcome: .refused
        ),
        Case(
            error: .notRouted(.unavailable(until: nil), explanation: "e"),
            status: 503,
            code: "no_model_available",
            outcome: .refused
        ),
        Case(error: .notRouted(.unserved, explanation: "e"), status: 400, code: nil, outcome: .refused),
        Case(error: .overloaded(isQueueFull: true), status: 503, code: "overloaded", outcome: .refused),
        Case(error: .overloaded(isQueueFull: false), status: 503, code: "overloaded", outcome: .refused),
        Case(error: .deadlinePassed, status: 504, code: "timeout", outcome: .timedOut),
        Case(error: failed(.malformed("x")), status: 502, code: "upstream_failed", outcome: .upstreamFailed),
        Case(error: failed(.transport(.wholeTimedOut)), status: 504, code: "timeout", outcome: .timedOut),
        Case(error: failed(.brokenAfterCommitment("x")), status: 502, code: "upstream_failed", outcome: .cut),
    ]

    private static func failed(_ failure: AttemptFailure) -> GatewayError {
        .attemptsFailed(model: ModelID("m"), failure: failure, attempts: 1)
    }

    @Test(arguments: cases)
    func isToldAndRecorded(row: Case) {
        #expect(row.error.response.status == row.status)
        #expect(row.error.response.code == row.code)
        #expect(row.error.outcome == row.outcome)
    }

    @Test func aClientThatLeftIsRecordedAsThat() {
        #expect(GatewayError.clientClosed.outcome == .clientClosed)
    }

    /// When every suitable model rests, the first one's return is when to come back.
    @Test func aRestThatEndsIsToldAsRetryAfter() throws {
        let until = Instant.now.advanced(by: .milliseconds(29_500)).nanoseconds
        let answer = GatewayError.notRouted(.unavailable(until: until), explanation: "resting").response
        #expect(answer.retryAfterSeconds == 30)
        #expect(answer.isRetryable)
        #expect(!GatewayError.notRouted(.unavailable(until: nil), explanation: "off").response.isRetryable)
    }

    /// A full queue empties in a moment, and nothing was sent yet: trying again is right.
    @Test func aFullQueueInvitesTheClientToTryAgain() {
        for isFull in [true, false] {
            #expect(GatewayError.overloaded(isQueueFull: isFull).response.isRetryable)
        }
    }
}
