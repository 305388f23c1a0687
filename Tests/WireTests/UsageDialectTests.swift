import Domain
import Testing
import Wire

/// Every way in which backends tell what they took, with what that costs to the nanodollar, worked out by hand.
///
/// The prices are 2.50 USD a million prompt tokens, 1.25 cached, 3 written to the cache, 40 of sound; 10 generated, 80 of
/// sound: 2,500, 1,250, 3,000, 40,000, 10,000 and 80,000 nanodollars a token.
@Suite struct UsageDialectTests {
    private static let prices = TokenPrices(
        input: 2_500_000,
        cachedInput: 1_250_000,
        cacheWrite: 3_000_000,
        output: 10_000_000,
        audioInput: 40_000_000,
        audioOutput: 80_000_000
    )

    struct Dialect: CustomTestStringConvertible {
        let name: String
        let usage: String
        let tokens: TokenUsage
        let nanodollars: Int64
        var testDescription: String { name }
    }

    static let dialects = [
        Dialect(
            name: "OpenAI's chat with a cached prompt: 86 · 2,500 + 1,920 · 1,250 + 300 · 10,000",
            usage: #"""
                {"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,
                 "prompt_tokens_details":{"cached_tokens":1920,"audio_tokens":0},
                 "completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,
                  "accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}
                """#,
            tokens: TokenUsage(input: 2006, cachedInput: 1920, output: 300),
            nanodollars: 5_615_000
        ),
        Dialect(
            name:
                "OpenAI's sound, all kinds: 450 · 2,500 + 100 · 1,250 + 50 · 3,000 + 400 · 40,000 + 300 · 10,000 + 200 · 80,000",
            usage: #"""
                {"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,
                 "prompt_tokens_details":{"cached_tokens":100,"cache_write_tokens":50,"audio_tokens":400,"text_tokens":600},
                 "completion_tokens_details":{"reasoning_tokens":120,"audio_tokens":200,"text_tokens":300}}
                """#,
            tokens: TokenUsage(
                input: 1000,
                cachedInput: 100,
                cacheWrite: 50,
                audioInput: 400,
                output: 500,
                reasoning: 120,
                audioOutput: 200
            ),
            nanodollars: 36_400_000
        ),
        Dialect(
            name: "OpenAI's predictions lie within the completion: 78 · 2,500 + 39 · 10,000",
            usage: #"""
                {"prompt_tokens":78,"completion_tokens":39,"total_tokens":117,
                 "completion_tokens_details":{"accepted_prediction_tokens":20,"rejected_prediction_tokens":10}}
                """#,
            tokens: TokenUsage(input: 78, output: 39),
            nanodollars: 585_000
        ),
        Dialect(
            name: "OpenAI's Responses: 328 · 2,500 + 52 · 10,000",
            usage: #"""
                {"input_tokens":328,"input_tokens_details":{"cached_tokens":0},
                 "output_tokens":52,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":380}
                """#,
            tokens: TokenUsage(input: 328, output: 52),
            nanodollars: 1_340_000
        ),
        Dialect(
            name: "Azure with reasoning, billed once: 33 · 2,500 + 557 · 10,000",
            usage: #"""
                {"completion_tokens":557,"completion_tokens_details":{"audio_tokens":null,"reasoning_tokens":448},
                 "prompt_tokens":33,"prompt_tokens_details":{"audio_tokens":null,"cached_tokens":0},"total_tokens":590}
                """#,
            tokens: TokenUsage(input: 33, output: 557, reasoning: 448),
            nanodollars: 5_652_500
        ),
        Dialect(
            name: "vLLM, details null: 7 · 2,500 + 16 · 10,000",
            usage: #"{"prompt_tokens":7,"total_tokens":23,"completion_tokens":16,"prompt_tokens_details":null}"#,
            tokens: TokenUsage(input: 7, output: 16),
            nanodollars: 177_500
        ),
        Dialect(
            name: "llama.cpp: 1 · 2,500 + 56 · 1,250 + 10 · 10,000",
            usage: #"""
                {"completion_tokens":10,"prompt_tokens":57,"total_tokens":67,"prompt_tokens_details":{"cached_tokens":56}}
                """#,
            tokens: TokenUsage(input: 57, cachedInput: 56, output: 10),
            nanodollars: 172_500
        ),
        Dialect(
            name: "Ollama: 26 · 2,500 + 298 · 10,000",
            usage: #"{"prompt_tokens":26,"completion_tokens":298,"total_tokens":324}"#,
            tokens: TokenUsage(input: 26, output: 298),
            nanodollars: 3_045_000
        ),
        Dialect(
            name: "Mistral: 4 · 2,500 + 434 · 10,000",
            usage: #"{"prompt_audio_seconds":null,"prompt_tokens":4,"total_tokens":438,"completion_tokens":434}"#,
            tokens: TokenUsage(input: 4, output: 434),
            nanodollars: 4_350_000
        ),
        Dialect(
            name: "Anthropic, cache beside the input: 21 · 2,500 + 188,086 · 3,000 + 50,000 · 1,250 + 393 · 10,000",
            usage: #"""
                {"input_tokens":21,"cache_creation_input_tokens":188086,"cache_read_input_tokens":50000,
                 "cache_creation":{"ephemeral_5m_input_tokens":188086},"output_tokens":393,"service_tier":"standard"}
                """#,
            tokens: TokenUsage(input: 238_107, cachedInput: 50_000, cacheWrite: 188_086, output: 393),
            nanodollars: 630_740_500
        ),
        Dialect(
            name:
                "Anthropic behind a proxy, cache within the prompt: 10 · 2,500 + 80 · 1,250 + 10 · 3,000 + 5 · 10,000",
            usage: #"""
                {"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_tokens_details":{"cached_tokens":80},
                 "cache_read_input_tokens":80,"cache_creation_input_tokens":10}
                """#,
            tokens: TokenUsage(input: 100, cachedInput: 80, cacheWrite: 10, output: 5),
            nanodollars: 205_000
        ),
        Dialect(
            name: "Anthropic behind a proxy that only renames: 10 · 2,500 + 80 · 1,250 + 5 · 10,000",
            usage: #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":95,"cache_read_input_tokens":80}"#,
            tokens: TokenUsage(input: 90, cachedInput: 80, output: 5),
            nanodollars: 175_000
        ),
        Dialect(
            name: "DeepSeek: 232 · 2,500 + 768 · 1,250 + 50 · 10,000",
            usage: #"""
                {"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050,
                 "prompt_tokens_details":{"cached_tokens":768},"prompt_cache_hit_tokens":768,"prompt_cache_miss_tokens":232}
                """#,
            tokens: TokenUsage(input: 1000, cachedInput: 768, output: 50),
            nanodollars: 2_040_000
        ),
        Dialect(
            name: "DeepSeek by its own names alone: 2 · 2,500 + 8 · 1,250 + 5 · 10,000",
            usage: #"{"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2,"completion_tokens":5}"#,
            tokens: TokenUsage(input: 10, cachedInput: 8, output: 5),
            nanodollars: 65_000
        ),
        Dialect(
            name: "xAI, reasoning beside the completion: 32 · 2,500 + 103 · 10,000",
            usage: #"""
                {"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,
                 "completion_tokens_details":{"reasoning_tokens":94}}
                """#,
            tokens: TokenUsage(input: 32, output: 103, reasoning: 94),
            nanodollars: 1_110_000
        ),
        Dialect(
            name: "Gemini, thoughts in the total alone: 5 · 2,500 + 1,020 · 10,000",
            usage: #"{"prompt_tokens":5,"completion_tokens":20,"total_tokens":1025}"#,
            tokens: TokenUsage(input: 5, output: 1020, reasoning: 1000),
            nanodollars: 10_212_500
        ),
        Dialect(
            name: "a total below its parts says nothing: 5 · 2,500 + 20 · 10,000",
            usage: #"{"prompt_tokens":5,"completion_tokens":20,"total_tokens":7}"#,
            tokens: TokenUsage(input: 5, output: 20),
            nanodollars: 212_500
        ),
        Dialect(
            name: "a total that is neither sum: the parts count, 5 · 2,500 + 20 · 10,000",
            usage: #"""
                {"prompt_tokens":5,"completion_tokens":20,"total_tokens":900,
                 "completion_tokens_details":{"reasoning_tokens":3}}
                """#,
            tokens: TokenUsage(input: 5, output: 20, reasoning: 3),
            nanodollars: 212_500
        ),
        Dialect(
            name: "a total fills in for the answer: 5 · 2,500 + 4 · 10,000",
            usage: #"{"prompt_tokens":5,"completion_tokens":-1,"total_tokens":9}"#,
            tokens: TokenUsage(input: 5, output: 4),
            nanodollars: 52_500
        ),
        Dialect(
            name: "a total fills in for the prompt: 5 · 2,500 + 4 · 10,000",
            usage: #"{"completion_tokens":4,"total_tokens":9}"#,
            tokens: TokenUsage(input: 5, output: 4),
            nanodollars: 52_500
        ),
        Dialect(
            name: "whole numbers with a fraction of zero: 12 · 2,500 + 3 · 10,000",
            usage: #"{"prompt_tokens":12.0,"completion_tokens":3e0,"total_tokens":15.0}"#,
            tokens: TokenUsage(input: 12, output: 3),
            nanodollars: 60_000
        ),
        Dialect(
            name: "what is no count is not counted: 12 · 2,500",
            usage: #"{"prompt_tokens":12,"completion_tokens":3.5,"completion_tokens_details":{"audio_tokens":"9"}}"#,
            tokens: TokenUsage(input: 12, output: 0),
            nanodollars: 30_000
        ),
        Dialect(
            name: "details beyond the totals are held to them: 10 · 1,250 + 5 · 80,000",
            usage: #"""
                {"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,
                 "prompt_tokens_details":{"cached_tokens":90,"cache_write_tokens":9,"audio_tokens":70},
                 "completion_tokens_details":{"audio_tokens":99}}
                """#,
            tokens: TokenUsage(input: 10, cachedInput: 10, audioInput: 10, output: 5, audioOutput: 5),
            nanodollars: 412_500
        ),
    ]

    @Test(arguments: dialects)
    func aWholeAnswerIsPricedToTheNanodollar(dialect: Dialect) throws {
        let body = #"{"choices":[],"usage":\#(dialect.usage)}"#
        let usage = try CompletionReport(bytes(body), endpoint: .chat, jsonDepthMax: 8).usage
        #expect(usage == dialect.tokens)
        #expect(Self.prices.cost(of: try #require(usage)).nanodollars == dialect.nanodollars)
    }

    /// Usage in the last chunk without choices, in the last with them, in both, and with every chunk (vLLM's
    /// `continuous_usage_stats`): the same report, however often it comes.
    @Test(arguments: dialects, ["last", "finish", "both", "continuous"])
    func aStreamIsPricedAlike(dialect: Dialect, place: String) throws {
        let usage = dialect.usage.replacing("\n", with: "")
        let early = #"{"prompt_tokens":1,"completion_tokens":0,"total_tokens":1}"#
        let isContinuous = place == "continuous"
        let meter = try meter(
            chunk(#"{"index":0,"delta":{"content":"a"}}"#, usage: isContinuous ? early : "null"),
            chunk(
                #"{"index":0,"delta":{},"finish_reason":"stop"}"#,
                usage: place == "last" ? "null" : usage
            ),
            place == "finish" ? "" : chunk("", usage: usage),
            isContinuous ? chunk("", usage: usage) : ""
        )
        #expect(meter.usage == dialect.tokens)
        #expect(meter.unreportedBytes == 0)
        #expect(Self.prices.cost(of: try #require(meter.usage)).nanodollars == dialect.nanodollars)
    }

    @Test func contentAfterAReportIsKnownToBeMissingFromIt() throws {
        let report = #"{"prompt_tokens":9,"completion_tokens":1}"#
        let meter = try meter(
            chunk(#"{"index":0,"delta":{"content":"ab"}}"#, usage: report),
            chunk(#"{"index":0,"delta":{"reasoning_content":"cde"}}"#, usage: "null"),
            chunk(#"{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}"#, usage: "null")
        )
        #expect(meter.usage == TokenUsage(input: 9, output: 1))
        #expect((meter.contentBytes, meter.unreportedBytes) == (7, 5))
    }

    /// Sound is in base 64, of which a token has a hundred times as many bytes as of text.
    @Test func soundIsNotCountedAsText() throws {
        let meter = try meter(
            chunk(#"{"index":0,"delta":{"audio":{"id":"a1","data":"UklGRg==","transcript":"hi"}}}"#, usage: "null")
        )
        #expect(meter.contentBytes == 2)
    }

    private func meter(_ chunks: String...) throws -> StreamMeter {
        var meter = StreamMeter(choiceCount: 1, clientWantsUsage: false, jsonDepthMax: 8)
        for event in try events(chunks.joined()) { _ = meter.consume(event) }
        return meter
    }

    private func chunk(_ choices: String, usage: String) -> String {
        #"data: {"id":"1","model":"m","choices":[\#(choices)],"usage":\#(usage)}"# + "\n\n"
    }
}
