import Domain
import Logging
import Synchronization
import Testing

@testable import Gateway

/// What our own workers say of their load is read off the requests' way, believed for a while, and missed aloud once.
@Suite struct WorkerLoadTests {
    /// A worker's page, which the test changes; `nil` for none.
    private final class Page: Sendable {
        private let text: Mutex<String?>

        init(_ text: String?) { self.text = Mutex(text) }

        func say(_ text: String?) { self.text.withLock { $0 = text } }

        func serve() async throws -> ScriptedBackend {
            try await ScriptedBackend { exchange, _ in
                if let text = self.text.withLock({ $0 }) { return try await exchange.json(text) }
                try await exchange.json("no", status: 501)
            }
        }
    }

    private static let quick =
        "health: { metrics_seconds: 0.05, metrics_seconds_max: 5, metrics_staleness_seconds: 20 }"
    private static let idle =
        "vllm:num_requests_running 0\nvllm:num_requests_waiting 0\nvllm:kv_cache_usage_perc 0.25\n"

    private func waiting(_ model: String) -> String {
        #"switchyard_worker_requests{model="\#(model)",state="waiting"}"#
    }

    /// `a` comes first, but others keep its worker busy; then those of `b`.
    @Test func leastLoadedGoesByWhatTheWorkersSay() async throws {
        let backend = try await ScriptedBackend.sound()
        let (first, second) = (Page("llamacpp:requests_processing 4\nllamacpp:requests_deferred 3\n"), Page(Self.idle))
        let (one, two) = (try await first.serve(), try await second.serve())
        let models = [
            entry("a", at: backend.url, "metrics_url: \"\(one.url)\""),
            entry("b", at: backend.url, "metrics_url: \"\(two.url)\""),
        ]
        try await withGateway(models, settings: Self.quick) { gateway in
            let cache = #"switchyard_worker_cache_use_ratio{model="b"}"#
            try await comesTrue { gateway.metric(waiting("a")) == 3 && gateway.metric(cache) == 0.25 }
            #expect(try await gateway.chat("auto:least_loaded").fields["x-switchyard-model"] == "b")
            first.say(Self.idle)
            second.say("vllm:num_requests_running 0\nvllm:num_requests_waiting 9\n")
            try await comesTrue { gateway.metric(waiting("a")) == 0 && gateway.metric(waiting("b")) == 9 }
            #expect(try await gateway.chat("auto:least_loaded").fields["x-switchyard-model"] == "a")
        }
    }

    @Test func whatAWorkerSaidDoesNotCountForEver() async throws {
        let backend = try await ScriptedBackend.sound()
        let page = Page("vllm:num_requests_running 1\nvllm:num_requests_waiting 7\n")
        let worker = try await page.serve()
        let settings = "health: { metrics_seconds: 0.05, metrics_seconds_max: 5, metrics_staleness_seconds: 2 }"
        try await withGateway([entry("a", at: backend.url, "metrics_url: \"\(worker.url)\"")], settings: settings) {
            gateway in
            try await comesTrue { gateway.metric(waiting("a")) == 7 }
            page.say(nil)
            let failures = #"switchyard_worker_page_failures_total{model="a",page="load"}"#
            try await comesTrue { gateway.metric(failures) > 0 }
            // Once it has failed to answer it has not yet been forgotten: that takes its time.
            try await comesTrue { gateway.metric(waiting("a")) == 0 }
            #expect(try await gateway.chat("a").status == 200)
            page.say("vllm:num_requests_running 1\nvllm:num_requests_waiting 8\n")
            try await comesTrue { gateway.metric(waiting("a")) == 8 }
        }
    }

    /// A page of something else tells nothing, and a worker that hangs does not keep others from being read.
    @Test func aWorkerThatHangsDoesNotHoldTheOthersUp() async throws {
        let silent = try await ScriptedBackend.silent()
        let worker = try await Page("vllm:num_requests_running 1\nvllm:num_requests_waiting 2\n").serve()
        let wrong = try await Page("go_goroutines 5\n").serve()
        let models = [
            entry("a", "metrics_url: \"\(silent.url)\""), entry("b", "metrics_url: \"\(worker.url)\""),
            entry("c", "metrics_url: \"\(wrong.url)\""),
        ]
        let settings = "health: { metrics_seconds: 0.05, metrics_seconds_max: 0.2, metrics_staleness_seconds: 20 }"
        try await withGateway(models, settings: settings) { gateway in
            try await comesTrue { gateway.metric(waiting("b")) == 2 && worker.requests.count > 3 }
            let failures = { (model: String) in
                gateway.metric(#"switchyard_worker_page_failures_total{model="\#(model)",page="load"}"#)
            }
            try await comesTrue { failures("a") > 1 && failures("c") > 1 }
            #expect(failures("b") == 0)
        }
    }

    /// The key is the backend's: another server that has its metrics does not get to see it.
    @Test func theKeyGoesToTheBackendItselfAlone() async throws {
        let (own, other) = (try await Page(Self.idle).serve(), try await Page(Self.idle).serve())
        let models = [
            entry("a", at: own.url, "key_variable: KEY, metrics_url: \"\(own.url)/metrics\""),
            entry("b", at: own.url, "key_variable: KEY, metrics_url: \"\(other.url)/metrics\""),
        ]
        try await withGateway(models, settings: Self.quick, environment: ["KEY": "sk-worker"]) { _ in
            try await comesTrue { !own.requests.isEmpty && !other.requests.isEmpty }
            #expect(own.requests[0].path == "/v1/metrics")
            #expect(own.requests[0].fields["authorization"] == "Bearer sk-worker")
            #expect(other.requests[0].fields["authorization"] == nil)
        }
    }

    @Test func aPageThatCannotBeReadIsToldOnce() {
        let log = LevelLog()
        let watch = WorkerWatch(log: Logger(label: "test") { _ in log })
        let say = { watch.note($0, reading: .load, of: ModelID("a")) }
        say(nil)
        for _ in 0..<5 { say("status 501") }
        watch.note("status 501", reading: .power, of: ModelID("a"))
        #expect(log.levels.all == [.warning, .warning])
        for _ in 0..<5 { say(nil) }
        say("status 501")
        #expect(log.levels.all == [.warning, .warning, .info, .warning])
        #expect(watch.failures.map(\.count) == [6, 1])
    }
}

/// A log whose lines' levels can be looked at.
private struct LevelLog: LogHandler {
    final class Levels: Sendable {
        private let seen = Mutex<[Logger.Level]>([])
        var all: [Logger.Level] { seen.withLock { $0 } }
        func append(_ level: Logger.Level) { seen.withLock { $0.append(level) } }
    }

    let levels = Levels()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { levels.append(event.level) }
}
