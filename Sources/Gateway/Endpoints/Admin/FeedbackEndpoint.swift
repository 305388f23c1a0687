internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// `POST /v1/feedback` on the API's listener: what the one who asked thinks of the answer.
enum FeedbackEndpoint {
    static let endpoint = Endpoint(
        method: .post,
        path: "/v1/feedback",
        summary: "Attaches a score, or whether the answer was right, to a request of the same key.",
        body: .record(
            "FeedbackOrder",
            [
                Shape.Member("request_id", .requestID, "The request, as `x-request-id` had it.", isRequired: true),
                Shape.Member("score", .number(0...1), "How good the answer was."),
                Shape.Member("correct", .flag, "Whether it was right."),
                Shape.Member("comment", .text(scalarsMax: 4096), "Anything else."),
            ]
        ),
        answer: .record(
            "FeedbackReceipt",
            [
                Shape.Member("request_id", .requestID, "The request.", isRequired: true),
                Shape.Member("received", .flag, "Always true.", isRequired: true),
            ]
        ),
        respond: receive
    )

    /// The OpenAPI document of what is above.
    static let description = Endpoint(
        method: .get,
        path: "/v1/openapi.json",
        summary: "Describes feedback.",
        answer: .anything,
        respond: describe
    )

    private static func describe(_ call: Call) async throws(APIError) -> Reply {
        let endpoints = [endpoint, description]
        return .json(OpenAPI(title: "Switchyard feedback", version: call.service.version, endpoints: endpoints).json)
    }

    private static func receive(_ call: Call) async throws(APIError) -> Reply {
        guard let id = call.body["request_id"]?.text.flatMap({ RequestID($0) }) else { throw .internal }
        let feedback = Feedback(
            requestID: id,
            atUnixMilliseconds: call.now,
            keyID: call.caller.client.payer.key,
            score: call.body["score"]?.number,
            isCorrect: call.body["correct"]?.flag,
            comment: call.body["comment"]?.text ?? ""
        )
        guard feedback.score != nil || feedback.isCorrect != nil else {
            throw .invalidRequest("Say `score` or `correct`.", param: "score")
        }
        do throws(ControlError) {
            try await attach(feedback, call)
        } catch {
            throw error.response
        }
        call.service.feedback.learn(id)
        call.service.bandits.learn(id)
        return .json { writer in
            writer.object { object in
                object.member("request_id", id.description)
                object.member("received", true)
            }
        }
    }

    /// Attaches feedback, for which a row may have to be waited for: who judges an answer at once comes before the tick that
    /// writes it, here or in another replica.
    private static func attach(_ feedback: Feedback, _ call: Call) async throws(ControlError) {
        do throws(ControlError) {
            try await call.service.control.add(feedback, from: call.caller.client.payer)
        } catch {
            guard case .missing = error else { throw error }
            try? await Task.sleep(for: .milliseconds(2 * call.policy.settings.ledger.tickMilliseconds))
            await call.service.ledger.flush()
            try await call.service.control.add(feedback, from: call.caller.client.payer)
        }
    }
}
