import Domain

/// What people put around a request: they are polite, in a hurry, or say why they ask.
enum PromptModifier: CaseIterable {
    case politeness, urgency, context

    /// `prompt` with each modifier before or behind it, with a probability of three tenths each.
    static func apply(to prompt: String, using generator: inout SeededGenerator) -> String {
        allCases.reduce(prompt) { prompt, modifier in
            guard Double.random(in: 0..<1, using: &generator) < 0.3 else { return prompt }
            let (before, after) = modifier.wordings[Int.random(in: modifier.wordings.indices, using: &generator)]
            return before + prompt + after
        }
    }

    /// What comes before the prompt, and what behind it.
    private var wordings: [(String, String)] {
        switch self {
        case .politeness:
            [
                ("Please help me. ", ""), ("Could you help? ", ""), ("", " Thank you!"), ("", " Thanks in advance."),
                ("If you don't mind: ", ""), ("", " I would appreciate it."), ("Hello! ", ""), ("", " Please."),
            ]
        case .urgency:
            [
                ("Urgent: ", ""), ("Quick question. ", ""), ("", " I need this today."), ("", " It is important."),
                ("", " As soon as possible."), ("I have little time. ", ""), ("", " The deadline is tomorrow."),
            ]
        case .context:
            [
                ("For a presentation at work: ", ""), ("For my homework: ", ""), ("For a friend: ", ""),
                ("I am new to this. ", ""), ("", " I am preparing for an exam."), ("We discussed this at lunch. ", ""),
                ("", " It is for a side project."), ("As we said before: ", ""),
            ]
        }
    }
}
