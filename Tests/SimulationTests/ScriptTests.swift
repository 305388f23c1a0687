import Domain
import HTTP
import Testing
import Wire

@testable import Simulation

@Suite struct ScriptTests {
    private func script(_ body: String, _ endpoint: Model.Endpoint = .chat, tokens: Int = 12) throws -> Script {
        let request = try InferenceRequest(Array(body.utf8), endpoint: endpoint, jsonDepthMax: 32)
        let model = try behaviour("output_tokens: { mean: \(tokens), max: \(tokens) }")
        var performance = Performance(of: model, seed: 1, ordinal: 1)
        return Script(for: request, &performance)
    }

    private func text(_ choice: GeneratedChoice) -> String { choice.tokens.map(\.text).joined() }

    @Test func saysThatItIsSimulated() throws {
        let script = try script(chat("m", #""n":3"#))
        #expect(script.choices.count == 3)
        #expect(script.choices.allSatisfy { text($0).hasPrefix("[simulated by Switchyard] ") })
        #expect(Set(script.choices.map(text)).count == 3)
        #expect(script.choices.allSatisfy { $0.finishReason == .stop })
        #expect(script.usage.output == script.choices.reduce(0) { $0 + $1.tokens.count })
    }

    @Test(arguments: [(1, FinishReason.length), (5, .length), (1000, .stop)])
    func keepsToTheTokenLimit(limit: Int, reason: FinishReason) throws {
        let script = try script(chat("m", #""max_tokens":\#(limit)"#))
        #expect(script.choices[0].finishReason == reason)
        #expect(script.choices[0].tokens.count <= limit)
        #expect(script.usage.output == script.choices[0].tokens.count)
    }

    @Test(arguments: [
        ("hi", "", nil), ("use get_weather now", "", "get_weather"), ("hi", #","tool_choice":"auto""#, nil),
        ("hi", #","tool_choice":"required""#, "add"), ("get_weather", #","tool_choice":"none""#, nil),
        ("hi", #","tool_choice":{"type":"function","function":{"name":"get_weather"}}"#, "get_weather"),
    ])
    func callsAToolWhereItMust(prompt: String, choice: String, name: String?) throws {
        let tools = #"""
            "tools":[{"type":"function","function":{"name":"add"}},
            {"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":
            {"city":{"type":"string"}}}}}]\#(choice)
            """#
        let answer = try script(chat("m", prompt: prompt, tools)).choices[0]
        #expect(answer.call?.name == name)
        #expect(answer.finishReason == (name == nil ? .stop : .toolCalls))
        if name == "get_weather" { #expect(answer.call?.arguments == #"{"city":"simulated"}"#) }
        if name == "add" { #expect(answer.call?.arguments == "{}") }
    }

    @Test func writesJSONWhereItIsAskedFor() throws {
        let object = try script(chat("m", #""response_format":{"type":"json_object"}"#))
        #expect(text(object.choices[0]) == #"{"simulated":"by Switchyard"}"#)
        let schema = #"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"boolean"}}}"#
        let format = #""response_format":{"type":"json_schema","json_schema":{"name":"x","schema":\#(schema)}}"#
        #expect(text(try script(chat("m", format)).choices[0]) == #"{"a":1,"b":true}"#)
    }

    @Test(arguments: [
        (#"{"type":"string"}"#, #""simulated""#), (#"{"type":["integer","null"]}"#, "1"), (#"{"type":"null"}"#, "null"),
        (#"{"const":{"x":1}}"#, #"{"x":1}"#), (#"{"enum":["c","f"],"type":"string"}"#, #""c""#),
        (#"{"type":"array","items":{"type":"number"}}"#, "[1]"), (#"{"type":"array"}"#, "[]"),
        (#"{"anyOf":[{"type":"boolean"},{"type":"null"}]}"#, "true"), ("true", #""simulated""#),
        (#"{"properties":{"a\"":{"type":"object"}}}"#, #"{"a\"":{}}"#),
        (
            ##"{"properties":{"s":{"$ref":"#/$defs/S"}},"$defs":{"S":{"enum":[7]}}}"##,
            #"{"s":7}"#
        ),
        // A schema that holds itself ends where the depth does.
        (##"{"type":"array","items":{"$ref":"#"}}"##, "[[[null]]]"),
        (##"{"$ref":"#/$defs/none"}"##, #""simulated""#),
    ])
    func samplesEverySchema(schema: String, expected: String) throws {
        let document = try JSONDocument(parsing: Array(#"{"schema":\#(schema)}"#.utf8), depthMax: 32)
        let value = try #require(document["schema"])
        #expect(SchemaSample.text(for: value, in: document, depthMax: 6) == expected)
    }

    @Test func limitsWhatASchemaMayGrowTo() throws {
        let properties = (0..<50).map { ##""p\##($0)":{"$ref":"#"}"## }.joined(separator: ",")
        let schema = #"{"type":"object","properties":{\#(properties)}}"#
        let document = try JSONDocument(parsing: Array(#"{"schema":\#(schema)}"#.utf8), depthMax: 32)
        let sample = SchemaSample.text(for: try #require(document["schema"]), in: document, depthMax: 32)
        #expect(sample.utf8.count < 50_000)
    }

    @Test func showsProbabilitiesOnlyWhereTheyAreAskedFor() throws {
        #expect(try !script(chat("m")).showsLogprobs)
        #expect(try !script(chat("m", #""logprobs":false"#)).showsLogprobs)
        #expect(try script(chat("m", #""logprobs":true"#)).showsLogprobs)
        #expect(try script(#"{"model":"m","prompt":"x","logprobs":0}"#, .completions).showsLogprobs)
    }
}
