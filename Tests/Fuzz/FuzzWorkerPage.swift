/// Feeds the input to the reader of inference servers' metrics; what they say of themselves is held to what can be.
@c(LLVMFuzzerTestOneInput)
public func fuzzWorkerPage(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let page = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    guard let metrics = WorkerMetrics(page) else { return 0 }
    for requests in [metrics.running, metrics.waiting] {
        require((0...1_000_000_000).contains(requests), "requests can be counted")
    }
    if let use = metrics.cacheUse { require((0...1).contains(use), "a cache's use is a share of it") }
    return 0
}
