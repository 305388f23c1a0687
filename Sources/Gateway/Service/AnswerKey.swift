internal import Domain
internal import Tenancy
internal import Wire

/// What two requests have in common that ought to get the same answer.
///
/// Tenants do not share answers.
struct AnswerKey: Hashable, Sendable {
    private let tenant: TenantID
    /// What was called: the router's answers have more in them than an endpoint's, and a body may suit both.
    private let kind: Inference.Kind
    private let endpoint: Model.Endpoint
    let body: ArraySlice<UInt8>

    /// `nil` for a request that may be answered in many ways: one without temperature 0 or a seed that is no embedding.
    init?(_ request: InferenceRequest, _ kind: Inference.Kind, of client: Client) {
        guard request.isDeterministic else { return nil }
        tenant = client.payer.organisation
        self.kind = kind
        endpoint = request.endpoint
        body = request.body
    }
}

/// An answer as its client got it, for others to get as well.
struct SharedAnswer: Sendable {
    /// How another request comes by it.
    enum Way: String {
        /// It was made before.
        case cache
        /// It is made for an identical request at this time.
        case coalesced
    }

    let isStream: Bool
    let status: Int
    let contentType: [UInt8]
    let body: [UInt8]
    /// The events that end a stream; empty for a whole answer.
    let ending: [UInt8]
    let backend: Backend
    let comparison: Comparison?

    /// What `record`'s client got as `answer`; `nil` if that was not kept, or came from no backend.
    init?(_ answer: Answer, _ record: RequestRecord) {
        guard let backend = record.backend else { return nil }
        self.backend = backend
        comparison = record.comparison
        switch answer {
        case .whole(let status, let contentType, let body):
            isStream = false
            self.status = status
            self.contentType = contentType
            self.body = body
            ending = []
        case .stream(let rest, let ending):
            guard let streamed = record.streamed else { return nil }
            isStream = true
            status = 200
            contentType = []
            body = streamed + rest
            self.ending = ending
        }
    }

    /// The answer once more: no attempt, no tokens, no cost.
    func replay(in record: RequestRecord, from way: Way) -> Answer {
        record.sharedBy = way
        record.backend = backend
        record.comparison = comparison
        guard isStream else { return .whole(status: status, contentType: contentType, body: body) }
        return .stream(rest: body, ending: ending)
    }
}
