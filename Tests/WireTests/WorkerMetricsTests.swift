import Testing
import Wire

@Suite struct WorkerMetricsTests {
    private func read(_ page: String) -> WorkerMetrics? { WorkerMetrics(Array(page.utf8)) }

    @Test(arguments: [
        "vllm:num_requests_running{model_name=\"m\"} 3.0\nvllm:num_requests_waiting{model_name=\"m\"} 2.0\n"
            + "vllm:gpu_cache_usage_perc{model_name=\"m\"} 0.5\n",
        "vllm:num_requests_running{engine=\"0\"} 1\nvllm:num_requests_running{engine=\"1\"} 2\n"
            + "vllm:num_requests_waiting 2\nvllm:kv_cache_usage_perc{engine=\"0\"} 0.1\n"
            + "vllm:kv_cache_usage_perc{engine=\"1\"} 0.5\n",
        "# TYPE llamacpp:requests_processing gauge\nllamacpp:requests_processing 3\nllamacpp:requests_deferred 2\n"
            + "llamacpp:kv_cache_usage_ratio 0.5\n",
        "sglang:num_running_reqs{m=\"x\"} 3\nsglang:num_queue_reqs 2\nsglang:token_usage 0.5\n",
    ])
    func knowsTheServersPages(page: String) throws {
        let metrics = try #require(read(page))
        #expect(metrics.running == 3)
        #expect(metrics.waiting == 2)
        #expect(metrics.cacheUse == 0.5)
    }

    @Test func aPageOfAnotherServerSaysNothing() {
        #expect(read("http_requests_total 5\n") == nil)
        #expect(read("vllm:gpu_cache_usage_perc 0.5\n") == nil)
        #expect(read("<html>") == nil)
    }

    @Test func absurdFiguresAreHeldOrLeftOut() throws {
        let metrics = try #require(
            read(
                "vllm:num_requests_running NaN\nvllm:num_requests_running -1\nvllm:num_requests_waiting 1e300\n"
                    + "vllm:num_requests_waiting 1e300\nvllm:kv_cache_usage_perc 7\n"
            )
        )
        #expect(metrics.running == 0)
        #expect(metrics.waiting == 1_000_000_000)
        #expect(metrics.cacheUse == 1)
    }
}
