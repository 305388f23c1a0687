internal import Budgets
internal import Configuration
internal import Domain
internal import Routing
internal import Tenancy
internal import Wire

extension Inference {
    /// How long each model's answer should be; `nil` where nothing is known of any.
    func lengths(
        _ request: InferenceRequest,
        _ capability: Capability?,
        _ record: RequestRecord
    ) -> [AnswerLength?]? {
        policy.lengths(
            of: AskedRequest(request),
            capability,
            key: record.client.payer.key,
            ratio: record.opinion?.estimate.length?.ratio,
            usual: service.spending.lengths
        )
    }
}

extension Policy {
    /// How long each model's answer should be; `nil` where nothing is known of any.
    ///
    /// What answers usually have here, times the `ratio` that a router foresees for this prompt. Only the ratio is taken from
    /// what routers were trained on, where the same models may have been asked for briefer answers: absolute lengths of some
    /// models beside what is usual of others would make these look dear. What is usual is the mean of the model's answers to
    /// prompts of this kind, for this key if it has asked for enough, or else the setting.
    func lengths(
        of asked: AskedRequest,
        _ capability: Capability?,
        key: KeyID?,
        ratio: Double?,
        usual: OutputLengthModel
    ) -> [AnswerLength?]? {
        let means = usual.means(
            of: catalogue.models.map(\.id),
            key: key,
            promptClass: PromptClass(capability: capability, inputTokens: asked.inputTokens),
            ratio: ratio
        )
        let setting = Double(settings.routing.expectedOutputTokens)
        let lengths = zip(catalogue.models, means.models).map { model, mean -> AnswerLength? in
            guard mean != nil || means.ratio != 1 else { return nil }
            return AnswerLength(
                tokens: (mean?.level ?? setting) * means.ratio,
                limit: min(asked.outputTokensMax ?? .max, model.outputTokensMax ?? .max),
                usual: mean?.usual ?? setting,
                generations: asked.generationCount
            )
        }
        return lengths.contains { $0 != nil } ? lengths : nil
    }
}
