internal import HTTP

extension CompletionReport {
    /// How unlikely the tokens of an answer were to its model: the mean of −ln p over those of the first choice, in nats.
    ///
    /// Of tokens that were drawn as the model would have it, that is the mean entropy, give or take chance. `nil` if the
    /// answer does not tell (`logprobs`), or is no answer.
    public static func meanSurprise(of body: [UInt8], jsonDepthMax: Int) -> Double? {
        guard let document = try? JSONDocument(parsing: body, depthMax: jsonDepthMax),
            let choices = document["choices"],
            let choice = document.elements(of: choices).first(where: { _ in true }),
            let report = try? document.member("logprobs", of: choice),
            let tokens = try? document.member("content", of: report)
        else { return nil }
        let surprises = document.elements(of: tokens).compactMap { token in
            (try? document.member("logprob", of: token)).flatMap { document.double(of: $0) }.map { -$0 }
        }
        return surprises.isEmpty ? nil : surprises.reduce(0, +) / Double(surprises.count)
    }
}
