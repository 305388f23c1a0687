import Foundation
import Learning
import Testing

@Suite struct QualityTests {
    private func tasks(_ text: String) throws -> [QualityTask] {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        return try QualityTask.tasks(path: file.path)
    }

    /// The share of the checks that hold: JSON, keys, length, two words.
    @Test(arguments: [
        (#"{"name": "Alice", "age": 30}"#, 1), (#"{"name": "Alice"}"#, 0.6), ("Alice is 30", 0.6), ("", 0),
        (#"{"name": "Alice", "age": 30, "more": "a b c d e f g h"}"#, 0.8),
    ])
    func theScoreIsTheShareOfChecksThatHold(answer: String, score: Double) throws {
        let line = """
            {"id": "a", "task": "json", "prompt": "p", "max_tokens": 50,
            "checks": {"json": true, "keys": ["name", "age"], "words_max": 8, "contains": ["alice", "30"]}}
            """.replacing("\n", with: " ")
        let task = try #require(try tasks(line).first)
        #expect((task.id, task.kind, task.outputTokensMax) == ("a", "json", 50))
        #expect(task.score(answer) == score)
    }

    /// Without checks, what the prompt asks for counts; without any demand, the answer's form.
    @Test func thePromptSaysWhatCountsWhereTheFileDoesNot() throws {
        let read = try tasks(
            #"{"prompt":"Reply in JSON with keys: a"}"# + "\n\n" + #"{"prompt":"Why is the sky blue?"}"#
        )
        #expect(read.map(\.id) == ["1", "3"])
        #expect(read[0].score(#"{"a": 1}"#) == 1 && read[0].score(#"{"b": 1}"#) == 0.5)
        #expect(read[1].score("Light is scattered by air.") == 0.6)
        let tested = try #require(try tasks(#"{"prompt":"p","tests":"assert True"}"#).first)
        #expect(tested.score("x", passesTests: true) == 1 && tested.score("x", passesTests: false) == 0)
    }

    @Test(arguments: [
        (#"{"id":"a"}"#, "prompt is missing"), (#"{"prompt":1}"#, "prompt is not a string"),
        (#"{"prompt":"p","checks":{"jsn":true}}"#, "checks has no jsn; the checks are json, bullets"),
        (#"{"prompt":"p","checks":{"json":1}}"#, "json is no Boolean"),
        (#"{"prompt":"p","checks":{"keys":"a"}}"#, "keys is no list of texts"),
        (#"{"prompt":"p","checks":{"words_max":0}}"#, "words_max is no number from 1 on"),
        (#"{"prompt":"p","checks":{"overlap_min":0.5}}"#, "beside a reference"),
        ("{\"id\":\"a\",\"prompt\":\"p\"}\n{\"id\":\"a\",\"prompt\":\"p\"}", "a stands there twice"),
        ("", "has no example"),
    ])
    func whatIsNoTaskIsRefused(text: String, reason: String) {
        #expect {
            try tasks(text)
        } throws: { error in
            (error as? DataError)?.message.contains(reason) ?? false
        }
    }

    /// ROUGE-L of Lin's example: “police killed the gunman” shares 3 of 4 words in order with the one, 2 with the other.
    @Test(arguments: [
        ("police kill the gunman", "police killed the gunman", 0.75),
        ("the gunman kill police", "police killed the gunman", 0.5),
        ("a b c", "a b c", 1), ("A, b! c", "a b c", 1), ("x", "a b", 0), ("", "a", 0), ("a x b y c", "a b c", 0.75),
    ])
    func overlapIsThatOfTheLongestCommonSubsequence(answer: String, reference: String, overlap: Double) {
        #expect(abs(QualityTask.overlap(of: answer, with: reference) - overlap) < 1e-12)
    }

    private static func outcome(
        _ score: Double,
        _ dollars: Double,
        _ milliseconds: Double,
        answered: Bool = true
    ) -> QualityOutcome {
        QualityOutcome(score: score, dollars: dollars, milliseconds: milliseconds, isAnswered: answered, model: "m")
    }

    /// Four tasks: one is as good, one better, one worse, and one has no answer where the best model failed as well.
    @Test func theSummaryCountsTasks() {
        let best = [
            Self.outcome(1, 0.1, 1), Self.outcome(0.5, 0.1, 1), Self.outcome(1, 0.1, 1), Self.outcome(0, 0.1, 1),
        ]
        let routed = [
            Self.outcome(1, 0.02, 100), Self.outcome(1, 0.03, 100), Self.outcome(0.9, 0.02, 2001),
            Self.outcome(0, 0.01, 100, answered: false),
        ]
        let summary = QualitySummary(routed, best: best, limits: .init())
        #expect(abs(summary.dollars - 0.08) < 1e-12 && abs(summary.dollarsPerRequest - 0.02) < 1e-12)
        #expect(abs(summary.saved - 0.32) < 1e-12 && abs((summary.savedShare ?? 0) - 0.8) < 1e-12)
        // One is too dear, one too late, one not there.
        #expect(summary.withinLimits == 0.25)
        #expect(summary.retained == 0.5 && summary.unanswered == 1)
        #expect(QualitySummary(best, best: best, limits: .init()).retained == 1)
    }

    @Test(arguments: [
        ("Sure:\n```python\ndef f():\n    return 1\n```\nIt returns 1.", "def f():\n    return 1"),
        ("```\nx\n```\n```python\ndef f(): pass\n```", "def f(): pass"), ("def f(): pass", "def f(): pass"),
        ("```python\ndef f():\n    return", "def f():\n    return"), ("", ""),
    ])
    func codeIsTakenOutOfItsFence(answer: String, code: String) { #expect(CodeAnswer.code(in: answer) == code) }
}
