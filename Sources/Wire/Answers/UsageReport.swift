internal import Domain
internal import HTTP

/// The members of an answer's `usage`, as they were read and before they are reconciled.
///
/// - OpenAI's chat, Azure, vLLM, llama.cpp, Ollama, Mistral: `prompt_tokens`, `completion_tokens`, `total_tokens`, and
///   details that lie inside the first two.
/// - OpenAI's Responses: the same as `input_tokens` and `output_tokens`.
/// - Anthropic: `input_tokens`, beside which lie `cache_read_input_tokens` and `cache_creation_input_tokens`.
/// - DeepSeek: `prompt_cache_hit_tokens` and `prompt_cache_miss_tokens`, which add up to `prompt_tokens`.
/// - xAI: `reasoning_tokens` beside `completion_tokens`; Gemini: thoughts in `total_tokens` alone.
///
/// Accepted and rejected predictions lie inside `completion_tokens` and are billed as such, so nothing is made of them.
struct UsageReport {
    private var prompt: Int?
    private var completion: Int?
    private var total: Int?
    /// Whether ``prompt`` came as `input_tokens`, which leaves Anthropic's cache counts out.
    private var isInputTokens = false
    private var cached = 0
    private var written = 0
    private var audioInput = 0
    private var reasoning = 0
    private var audioOutput = 0
    private var anthropicRead = 0
    private var anthropicWritten = 0
    private var hit: Int?
    private var miss: Int?

    mutating func read(_ key: JSONValue, _ value: JSONValue, in document: JSONDocument) {
        if document.equals(key, "prompt_tokens") {
            guard let count = document.tokens(of: value) else { return }
            (prompt, isInputTokens) = (count, false)
        } else if document.equals(key, "completion_tokens") || document.equals(key, "output_tokens") {
            completion = document.tokens(of: value) ?? completion
        } else if document.equals(key, "total_tokens") {
            total = document.tokens(of: value)
        } else if document.equals(key, "prompt_tokens_details") || document.equals(key, "input_tokens_details") {
            for detail in document.members(of: value) { readPromptDetail(detail.key, detail.value, in: document) }
        } else if document.equals(key, "completion_tokens_details") || document.equals(key, "output_tokens_details") {
            for detail in document.members(of: value) { readAnswerDetail(detail.key, detail.value, in: document) }
        } else if document.equals(key, "input_tokens") {
            guard prompt == nil, let count = document.tokens(of: value) else { return }
            (prompt, isInputTokens) = (count, true)
        } else if document.equals(key, "cache_read_input_tokens") {
            anthropicRead = document.tokens(of: value) ?? 0
        } else if document.equals(key, "cache_creation_input_tokens") {
            anthropicWritten = document.tokens(of: value) ?? 0
        } else if document.equals(key, "prompt_cache_hit_tokens") {
            hit = document.tokens(of: value)
        } else if document.equals(key, "prompt_cache_miss_tokens") {
            miss = document.tokens(of: value)
        }
    }

    private mutating func readPromptDetail(_ key: JSONValue, _ value: JSONValue, in document: JSONDocument) {
        if document.equals(key, "cached_tokens") {
            cached = document.tokens(of: value) ?? 0
        } else if document.equals(key, "cache_write_tokens") {
            written = document.tokens(of: value) ?? 0
        } else if document.equals(key, "audio_tokens") {
            audioInput = document.tokens(of: value) ?? 0
        }
    }

    private mutating func readAnswerDetail(_ key: JSONValue, _ value: JSONValue, in document: JSONDocument) {
        if document.equals(key, "reasoning_tokens") {
            reasoning = document.tokens(of: value) ?? 0
        } else if document.equals(key, "audio_tokens") {
            audioOutput = document.tokens(of: value) ?? 0
        }
    }

    /// What the members come to; `nil` if there is neither a count of the prompt nor one of the answer.
    ///
    /// Where they contradict each other the two parts are believed, and details are held to them, so that no report makes
    /// a negative charge. A total only fills in for a part that is missing, and shows what lies beside the parts: the
    /// cache's tokens, the reasoning, or thoughts that are not told otherwise. A total below the parts says nothing.
    var usage: TokenUsage? {
        let asked = prompt ?? hit.flatMap { hit in miss.map { hit + $0 } }
        guard asked != nil || completion != nil else { return nil }
        var input = asked ?? max((total ?? 0) - (completion ?? 0), 0)
        var output = completion ?? 0
        var hidden = reasoning
        let beside = anthropicRead + anthropicWritten
        var excess = (total ?? 0) - input - output
        if beside > 0, isInputTokens || beside > input || beside == excess {
            input += beside
            excess -= beside
        }
        if completion == nil || (reasoning > 0 && excess == reasoning) {
            output += max(excess, 0)
        } else if reasoning == 0, asked != nil, excess > 0 {
            (hidden, output) = (excess, output + excess)
        }
        let cached = min(max(cached, anthropicRead, hit ?? 0), input)
        return TokenUsage(
            input: input,
            cachedInput: cached,
            cacheWrite: min(max(written, anthropicWritten), input - cached),
            audioInput: min(audioInput, input),
            output: output,
            reasoning: min(hidden, output),
            audioOutput: min(audioOutput, output)
        )
    }
}

extension JSONDocument {
    /// A count of tokens; `nil` if `value` is no whole number from 0, or beyond 2^40, which no backend bills at once.
    ///
    /// Some backends write `12.0`.
    fileprivate func tokens(of value: JSONValue) -> Int? {
        guard let number = int(of: value) ?? double(of: value).flatMap(Int.init(exactly:)) else { return nil }
        return (0..<1 << 40).contains(number) ? number : nil
    }
}
