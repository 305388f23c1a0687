internal import Budgets
internal import Configuration
internal import Domain
internal import Routing
internal import Tenancy
internal import Wire

extension Inference {
    /// How long each model's answer should be; `nil` where nothing is known of any.
    ///
    /// What answers usually have here, times the ratio that a router foresees for this prompt. Only the ratio is taken from
    /// what routers were trained on, where the same models may have been asked for briefer answers: absolute lengths of some
    /// models beside what is usual of others would make these look dear. What is usual is the mean of the model's answers to
    /// prompts of this kind, for this key if it has asked for enough, or else the setting.
    func lengths(
        _ request: InferenceRequest,
        _ capability: Capability?,
        _ record: RequestRecord
    ) -> [AnswerLength?]? {
        let models = policy.catalogue.models
        let means = service.spending.lengths.means(
            of: models.map(\.id),
            key: record.client.payer.key,
            promptClass: PromptClass(capability: capability, inputTokens: request.inputTokens),
            ratio: record.opinion?.estimate.length?.ratio
        )
        let setting = Double(policy.settings.routing.expectedOutputTokens)
        let lengths = zip(models, means.models).map { model, mean -> AnswerLength? in
            guard mean != nil || means.ratio != 1 else { return nil }
            return AnswerLength(
                tokens: (mean?.level ?? setting) * means.ratio,
                limit: min(request.outputTokensMax ?? .max, model.outputTokensMax ?? .max),
                usual: mean?.usual ?? setting,
                generations: request.generationCount
            )
        }
        return lengths.contains { $0 != nil } ? lengths : nil
    }
}
