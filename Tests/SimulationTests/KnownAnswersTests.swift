import Configuration
import Domain
import Testing
import Wire

@testable import Simulation

@Suite struct KnownAnswersTests {
    private func settings(prompts: Int, seed: Int = 1) throws -> SimulationSettings {
        let answers = (0..<prompts).map { "{ prompt: \"q\($0)\", text: \"a\($0)\" }" }.joined(separator: ", ")
        return try SimulationSettings(
            yaml: """
                seed: \(seed)
                answers: [\(answers)]
                models: [{ id: small, skill: 0.3 }, { id: large, skill: 0.8 }, { id: none }, { id: all, skill: 1 }]
                """,
            file: "simulation.yaml"
        )
    }

    private func request(_ prompt: String) throws -> InferenceRequest {
        try InferenceRequest(Array(chat("m", prompt: prompt).utf8), endpoint: .chat, jsonDepthMax: 16)
    }

    /// The prompts that each model knows the answer to, in the order of the settings' models.
    private func known(_ settings: SimulationSettings, prompts: Int) throws -> [Set<Int>] {
        let answers = KnownAnswers(settings)
        return try settings.models.map { model in
            Set(
                try (0..<prompts).filter { number in
                    let answer = answers.answer(to: try request("q\(number)"), of: model)
                    #expect(answer == nil || answer == "a\(number)")
                    return answer != nil
                }
            )
        }
    }

    @Test(arguments: 0..<20)
    func skillIsTheShareKnownAndTheAblerKnowMore(seed: Int) throws {
        let known = try known(settings(prompts: 20, seed: seed), prompts: 20)
        #expect(known.map(\.count) == [6, 16, 0, 20])
        #expect(known[0].isSubset(of: known[1]))
    }

    @Test func chanceDecidesWhichAreHard() throws {
        let first = try known(settings(prompts: 20, seed: 1), prompts: 20)
        #expect(try known(settings(prompts: 20, seed: 1), prompts: 20) == first)
        #expect(try known(settings(prompts: 20, seed: 2), prompts: 20) != first)
    }

    @Test func nobodyKnowsOtherPrompts() throws {
        let settings = try settings(prompts: 2)
        for prompt in ["q2", "q0 ", "Q0", ""] {
            #expect(KnownAnswers(settings).answer(to: try request(prompt), of: settings.models[3]) == nil)
        }
    }

    /// A known answer is all that is said, whatever form was asked for.
    @Test(arguments: ["", #","response_format":{"type":"json_object"}"#])
    func sayNothingElse(format: String) throws {
        let body = #"{"model":"m","n":2,"messages":[{"role":"user","content":"q"}]\#(format)}"#
        let request = try InferenceRequest(Array(body.utf8), endpoint: .chat, jsonDepthMax: 16)
        var performance = Performance(of: try behaviour(), seed: 1, ordinal: 1)
        let script = Script(for: request, knowing: "That is all: é", &performance)
        #expect(script.choices.map { $0.tokens.map(\.text).joined() } == ["That is all: é", "That is all: é"])
        #expect(script.usage.output == 8)
    }
}
