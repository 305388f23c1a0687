internal import Budgets
internal import Domain
internal import Routing
internal import Tenancy
internal import Wire

extension Inference {
    /// How long each model's answer should be; `nil` where nothing is known of any.
    ///
    /// A router that has learned lengths of a model knows best, as it has seen the prompt. Else the mean of what the model
    /// has answered to prompts of this kind counts, for this key if it has asked for enough. A prompt that the router knows
    /// nothing of is no reason not to believe its lengths: they stay within what was seen of each model.
    func lengths(
        _ request: InferenceRequest,
        _ capability: Capability?,
        _ record: RequestRecord
    ) -> [AnswerLength?]? {
        let models = policy.catalogue.models
        let foreseen = record.opinion?.estimate.outputTokens ?? []
        let means = service.spending.lengths.means(
            of: models.map(\.id),
            key: record.client.payer.key,
            promptClass: PromptClass(capability: capability, inputTokens: request.inputTokens)
        )
        let lengths = models.indices.map { index -> AnswerLength? in
            let own = foreseen.isEmpty || foreseen[index].isNaN ? nil : foreseen[index]
            guard let tokens = own ?? means[index]?.expected else { return nil }
            return AnswerLength(
                tokens: tokens,
                limit: min(request.outputTokensMax ?? .max, models[index].outputTokensMax ?? .max),
                usual: means[index]?.usual,
                generations: request.generationCount
            )
        }
        return lengths.contains { $0 != nil } ? lengths : nil
    }
}
