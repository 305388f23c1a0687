import Domain
import Ledger
import Routing
import Testing
import Upstream
import Wire

@testable import Gateway

@Suite struct AttemptFailureTests {
    /// One way to fail, and all that follows from it.
    struct Case: Sendable, CustomTestStringConvertible {
        let failure: AttemptFailure
        let allowsAnother: Bool
        let allowsSame: Bool
        let outcome: Outcome
        let status: Int

        var testDescription: String { failure.message }
    }

    static func refused(_ status: Int, _ kind: BackendError.Kind) -> AttemptFailure {
        .refused(status: status, BackendError(kind: kind, message: "words"), retryAfter: nil)
    }

    static func row(
        _ failure: AttemptFailure,
        another: Bool,
        same: Bool,
        _ outcome: Outcome,
        status: Int
    ) -> Case {
        Case(failure: failure, allowsAnother: another, allowsSame: same, outcome: outcome, status: status)
    }

    static let cases: [Case] = [
        row(.transport(.connectRefused(reason: "r")), another: true, same: true, .upstreamFailed, status: 502),
        row(.transport(.dns(reason: "r")), another: true, same: true, .upstreamFailed, status: 502),
        row(.transport(.closedBeforeResponse), another: true, same: true, .upstreamFailed, status: 502),
        row(.transport(.truncated), another: true, same: true, .upstreamFailed, status: 502),
        row(.transport(.connectTimedOut(after: .seconds(1))), another: true, same: true, .timedOut, status: 504),
        row(.transport(.firstByteTimedOut(after: .seconds(1))), another: true, same: true, .timedOut, status: 504),
        row(.transport(.stalled(after: .seconds(1))), another: true, same: true, .timedOut, status: 504),
        row(.transport(.wholeTimedOut), another: true, same: true, .timedOut, status: 504),
        row(refused(500, .serverError), another: true, same: true, .upstreamFailed, status: 502),
        row(refused(503, .overloaded), another: true, same: true, .upstreamFailed, status: 502),
        row(refused(504, .serverError), another: true, same: true, .timedOut, status: 504),
        row(refused(408, .serverError), another: true, same: true, .timedOut, status: 504),
        row(refused(409, .invalidRequest), another: true, same: true, .upstreamFailed, status: 502),
        row(refused(200, .invalidRequest), another: false, same: false, .invalid, status: 400),
        row(refused(200, .contentRefused), another: false, same: false, .invalid, status: 400),
        row(.transport(.certificate(reason: "r")), another: true, same: false, .upstreamFailed, status: 502),
        row(refused(429, .rateLimited), another: true, same: true, .upstreamFailed, status: 429),
        row(refused(200, .malformed), another: true, same: true, .upstreamFailed, status: 502),
        row(refused(200, .cut), another: true, same: true, .upstreamFailed, status: 502),
        row(refused(401, .notAuthorized), another: true, same: false, .upstreamFailed, status: 502),
        row(refused(404, .modelNotFound), another: true, same: false, .upstreamFailed, status: 502),
        row(refused(429, .quotaExhausted), another: true, same: false, .upstreamFailed, status: 502),
        row(refused(400, .contextLengthExceeded), another: true, same: false, .invalid, status: 400),
        row(.malformed("html"), another: true, same: true, .upstreamFailed, status: 502),
        row(.brokenAfterCommitment("cut"), another: false, same: false, .cut, status: 502),
        row(.clientClosed, another: false, same: false, .clientClosed, status: 502),
        row(.deadlinePassed, another: false, same: false, .timedOut, status: 504),
    ]

    @Test(arguments: cases)
    func whatFollowsFromAFailure(row: Case) {
        let remedy = FailurePolicy().remedy(for: row.failure.failureClass)
        #expect(remedy.allowsAnotherAttempt == row.allowsAnother)
        #expect(remedy.allowsSameModel == row.allowsSame)
        #expect(row.failure.outcome == row.outcome)
        let answer = row.failure.response(model: ModelID("m"), attempts: 2)
        #expect(answer.status == row.status)
        #expect(answer.message.contains("m"))
    }

    /// The attempts were made here: a client that repeats them multiplies the load.
    @Test(arguments: cases)
    func onlyARateLimitInvitesTheClientToTryAgain(row: Case) {
        let answer = row.failure.response(model: ModelID("m"), attempts: 2)
        #expect(answer.isRetryable == (row.status == 429))
        #expect((answer.retryAfter != nil) == (row.status == 429))
    }

    @Test func aRateLimitPassesOnHowLongToWait() {
        let error = BackendError(kind: .rateLimited, message: "slow down")
        let failure = AttemptFailure.refused(status: 429, error, retryAfter: .seconds(7))
        #expect(failure.retryAfter == .seconds(7))
        #expect(failure.response(model: ModelID("m"), attempts: 1).retryAfterSeconds == 7)
    }

    /// Clients shorten a conversation by this code.
    @Test func aPromptThatIsTooLongIsToldByItsCode() {
        let answer = Self.refused(400, .contextLengthExceeded).response(model: ModelID("m"), attempts: 3)
        #expect(answer.code == "context_length_exceeded")
        #expect(answer.type == "invalid_request_error")
    }

    @Test(arguments: [(1, "1 attempt;"), (2, "2 attempts;"), (9, "9 attempts;")])
    func theAnswerCountsTheAttempts(count: Int, words: String) {
        #expect(AttemptFailure.malformed("x").response(model: ModelID("m"), attempts: count).message.contains(words))
    }

    @Test func aBackendWithoutWordsIsToldByItsStatus() {
        let failure = AttemptFailure.refused(
            status: 500,
            BackendError(kind: .serverError, message: ""),
            retryAfter: nil
        )
        #expect(failure.message == "status 500")
    }
}
