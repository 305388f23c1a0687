internal import Configuration
internal import Domain
internal import Wire

/// The prompts that models may know the answer to.
struct KnownAnswers: Sendable {
    /// How much of a prompt is looked at.
    private static let bytesMax = 65_536

    /// By prompt, what to say and how hard it is to know, 0 to 1.
    private let answers: [String: (text: String, difficulty: Double)]

    /// The answers of `settings`; of several to one prompt the first.
    ///
    /// Chance decides which prompts are harder than which, and they lie evenly from 0 to 1.
    init(_ settings: SimulationSettings) {
        var texts: [String: String] = [:]
        for answer in settings.answers where texts[answer.prompt] == nil { texts[answer.prompt] = answer.text }
        var generator = SeededGenerator(seed: settings.seed)
        let order = texts.keys.sorted().shuffled(using: &generator)
        answers = Dictionary(
            uniqueKeysWithValues: order.enumerated().map { place, prompt in
                (prompt, (texts[prompt] ?? "", (Double(place) + 0.5) / Double(order.count)))
            }
        )
    }

    /// The answer that a model knows to `request`, for which it needs more skill than the prompt is hard; `nil` if it knows none.
    func answer(to request: InferenceRequest, of behaviour: SimulationSettings.Behaviour) -> String? {
        guard !answers.isEmpty, behaviour.skill > 0 else { return nil }
        let answer = answers[request.promptText(bytesMax: Self.bytesMax).prompt]
        return answer.flatMap { $0.difficulty < behaviour.skill ? $0.text : nil }
    }
}
