import Routing
import Testing

/// The cost-aware router's figures for answers to its own prompts (S2-C06, S2-C07), and what it got wrong.
@Suite struct AnswerCheckTests {
    private static let alice = "Extract the person in JSON: Alice is 30 and lives in Paris."
    private static let keyed = "Summarize the article as JSON with keys: title, summary"

    @Test(arguments: [
        (alice, #"{"name": "Alice", "age": 30}"#, 0.8), (alice, #"{"name": "Alice", "age": }"#, 0.3),
        (keyed, #"{"title": "T", "summary": "S"}"#, 0.9), (keyed, #"{"title": "T"}"#, 0.6),
        ("Give three bullets on rain.", "- It falls.\n- It is wet.\n- It ends.", 0.7),
        ("Why is the sky blue?", "Light.", 0.6),
        // A list of objects, and a fence of Markdown around all of it, are JSON as well.
        (keyed, #"[{"title": "T", "summary": "S"}]"#, 0.9),
        (keyed, "```json\n{\"title\": 1, \"summary\": 2}\n```", 0.9),
        // What is before or behind it is not.
        (alice, #"Here it is: {"name": "Alice"}"#, 0.3), (alice, #"{"name": "Alice"}, "age": 30"#, 0.3),
        (keyed, "no JSON", 0.1), (keyed, "[]", 0.6), (keyed, #"[{"title": 1, "summary": 2}, 3]"#, 0.6),
    ])
    func formHasTheCostAwareRoutersFigures(prompt: String, answer: String, quality: Double) {
        #expect(AnswerCheck(of: answer, against: AnswerDemands(of: prompt)).quality == quality)
    }

    @Test(arguments: [
        ("I am not sure that this is right, but it may well be Paris.", 0.9), ("", 1), (" \n", 1), ("Paris.", 0.7),
        ("one two three four five six seven eight nine", 0.7),
        ("one two three four five six seven eight nine ten", 0.2),
        ("a b c d a b c d a b c d a b c d", 0.8), ("not SURE", 0.9),
    ])
    func uncertaintyHasTheCostAwareRoutersFigures(answer: String, uncertainty: Double) {
        #expect(AnswerCheck(of: answer, against: AnswerDemands()).uncertainty == uncertainty)
    }

    /// An eighth of the tokens' entropy, where the model tells, whatever the words are like.
    @Test(arguments: [(0.8, 0.1), (8, 1), (20, 1), (-1, 0)])
    func entropyGoesBeforeWords(entropy: Double, uncertainty: Double) {
        #expect(AnswerCheck(of: "not sure", against: AnswerDemands(), entropy: entropy).uncertainty == uncertainty)
    }

    /// Of 11 pairs of words, 4 differ (0.36), and of 11, 6 do (0.55).
    @Test(arguments: [
        ("a b c d a b c d a b c d", 0.2), ("a b c d e f a b c d e f", 0.4), ("a b c d e f g h i j k l", 0.6),
    ])
    func repetitionCosts(answer: String, quality: Double) {
        let check = AnswerCheck(of: answer, against: AnswerDemands())
        #expect(check.quality == quality)
        #expect(check.faults.contains(.repetitive) == (quality == 0.2))
    }

    @Test(arguments: [
        ("Explain rain in at most 5 words.", 5, nil), ("Use no more than 20 words.", 20, nil),
        ("In 30 words or less: why?", 30, nil), ("Limit: 200 characters max", nil, 200), ("max 7 words", 7, nil),
        ("Write up to 12 words and 90 characters", 12, nil), ("He wrote 500 words a day.", nil, nil),
        ("at most 0 words", nil, nil), ("at most 99999999999999999999 words", nil, nil),
    ])
    func limitsAreReadFromThePrompt(prompt: String, words: Int?, characters: Int?) {
        let demands = AnswerDemands(of: prompt)
        #expect(demands.wordsMax == words && demands.charactersMax == characters, "\(demands)")
    }

    @Test func whatIsTooLongIsAFault() {
        let demands = AnswerDemands(of: "At most 3 words")
        #expect(AnswerCheck(of: "one two three", against: demands).faults == [])
        let longer = AnswerCheck(of: "one two three four", against: demands)
        #expect(longer.faults == [.tooLong] && longer.quality == 0.4)
    }

    @Test(arguments: [
        ("Return JSON with keys: name, age. Alice is 30.", true, ["name", "age"]),
        ("Return JSON with the fields: `name`, \"age\" and city\nText", true, ["name", "age", "city"]),
        ("Reply with valid JSON (keys: a_1, b-2)", true, ["a_1", "b-2"]),
        ("Answer in JSON: why is the sky blue?", true, []),
        ("What is JSON good for?", false, []), ("Piano keys are black and white: why?", false, []),
        ("Output JSON with keys: name, age for each person, and city", true, ["name", "age"]),
    ])
    func demandsAreReadFromThePrompt(prompt: String, isJSON: Bool, keys: [String]) {
        let demands = AnswerDemands(of: prompt)
        #expect(demands.isJSON == isJSON, "\(demands)")
        #expect(demands.keys == keys)
    }

    /// Any text has a check within bounds, and a hostile one takes no long.
    @Test func hostileTextsAreChecked() {
        let texts = [
            String(repeating: "[", count: 100_000), String(repeating: "keys:", count: 20_000), "```", "``````", "\u{0}",
            String(repeating: "json ", count: 20_000), "keys:" + String(repeating: "a,", count: 50_000),
        ]
        for text in texts {
            let demands = AnswerDemands(of: text)
            #expect(demands.keys.count <= 64)
            let check = AnswerCheck(of: text, against: AnswerDemands(of: "in JSON"))
            #expect((0...1).contains(check.quality) && (0...1).contains(check.uncertainty))
        }
    }
}
