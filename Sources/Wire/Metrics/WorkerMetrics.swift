internal import HTTP

/// How busy an inference server says it is, on its `GET /metrics`.
///
/// Knows vLLM (and its older names), llama.cpp, SGLang and text-generation-inference. A server that runs several engines
/// has a line for each: their requests are added up, and of their caches the fullest counts.
public struct WorkerMetrics: Hashable, Sendable {
    /// Requests that it works on.
    public private(set) var running = 0
    /// Requests that wait in its own queue.
    public private(set) var waiting = 0
    /// The share of its cache of keys and values that is taken, 0 to 1; `nil` if it does not tell.
    public private(set) var cacheUse: Double?

    /// Reads a page; `nil` if it names neither running nor waiting requests.
    public init?(_ page: [UInt8]) {
        var isKnown = false
        for sample in MetricsText(page) where sample.value.isFinite && sample.value >= 0 {
            switch Meaning(sample.name) {
            case .running:
                isKnown = true
                running = Self.sum(running, sample.value)
            case .waiting:
                isKnown = true
                waiting = Self.sum(waiting, sample.value)
            case .cacheUse: cacheUse = max(cacheUse ?? 0, min(sample.value, 1))
            case nil: break
            }
        }
        guard isKnown else { return nil }
    }

    /// No server runs a billion requests: what says so is held to it.
    private static func sum(_ count: Int, _ value: Double) -> Int { min(count + Int(min(value, 1e9)), 1_000_000_000) }
}

private enum Meaning {
    case running, waiting, cacheUse

    init?(_ name: ArraySlice<UInt8>) {
        switch String(decoding: name, as: UTF8.self) {
        case "vllm:num_requests_running", "llamacpp:requests_processing", "sglang:num_running_reqs",
            "tgi_batch_current_size":
            self = .running
        case "vllm:num_requests_waiting", "llamacpp:requests_deferred", "sglang:num_queue_reqs", "tgi_queue_size":
            self = .waiting
        case "vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "llamacpp:kv_cache_usage_ratio",
            "sglang:token_usage":
            self = .cacheUse
        default: return nil
        }
    }
}
