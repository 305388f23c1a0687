import Configuration
import Domain
import Foundation
import HTTP
import Ledger
import Logging
import Reactor
import Routing
import Synchronization
import Testing
import Upstream

@testable import Gateway

/// A gateway in this process, listening on ports of its own, and a client of it.
final class RunningGateway: Sendable {
    struct Answer: Sendable {
        let status: Int
        /// By name in lower case.
        let fields: [String: String]
        var body = ""
        /// Whether the connection ended before the answer did.
        var isCut = false

        /// A stream's body without the comments that say what it cost and emitted.
        var events: String {
            body.components(separatedBy: "\n\n").filter { !$0.hasPrefix(": x-switchyard-") }.joined(
                separator: "\n\n"
            )
        }

        /// What the body, JSON, says at `path`, such as `error.code`; empty if it does not say it.
        func json(_ path: String) -> String {
            guard var value = try? JSONSerialization.jsonObject(with: Data(body.utf8)) else { return "" }
            for key in path.split(separator: ".") {
                guard let member = (value as? [String: Any])?[String(key)] else { return "" }
                value = member
            }
            return value is NSNull ? "null" : "\(value)"
        }
    }

    /// What a reload reads.
    private final class NextConfiguration: Sendable {
        let value: Mutex<Result<GatewayConfiguration, ConfigurationErrors>>
        let isHeld = Mutex(false)
        let isBeingRead = Mutex(false)

        init(_ first: GatewayConfiguration) { value = Mutex(.success(first)) }

        /// Blocks its thread while it is held, as a slow disk would: at most ten seconds.
        func read() -> Result<GatewayConfiguration, ConfigurationErrors> {
            isBeingRead.withLock { $0 = true }
            for _ in 0..<10_000 where isHeld.withLock({ $0 }) { usleep(1000) }
            return value.withLock { $0 }
        }
    }

    let service: GatewayService
    private let folder: URL
    private let next: NextConfiguration
    private let api: Origin
    private let admin: Origin
    private let loop: EventLoop
    private let client: LoopBound<UpstreamClient>

    fileprivate init(_ models: [String], _ settings: String, _ environment: [String: String]) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "gateway-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text = "state_directory: \"\(folder.path)\"\n" + settings
        let configuration = try GatewayConfiguration.test(models, settings: text, environment: environment)
        let next = NextConfiguration(configuration)
        self.next = next
        service = try GatewayService(
            configuration: configuration,
            version: "1.2.3",
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            load: { next.read() }
        )
        let addresses = try await service.start()
        api = try Origin.parse(baseURL: "http://\(addresses.api[0])").origin
        admin = try Origin.parse(baseURL: "http://\(addresses.admin[0])").origin
        loop = try EventLoop(name: "client")
        client = LoopBound(UpstreamClient(on: loop, settings: UpstreamSettings()), to: loop)
    }

    fileprivate func close() async {
        await service.drain()
        let client = client
        await loop.perform { client.value.close() }
        loop.stop()
        do { try FileManager.default.removeItem(at: folder) } catch { assertionFailure("\(error)") }
    }

    // MARK: Requests

    /// Asks the API at `path` with `body`, after a `/v1/`.
    func post(_ path: String, _ body: String, fields: String = "") async throws -> Answer {
        try await send(api, .post, "/v1/" + path, body, fields)
    }

    /// Asks for a chat with `model`; `members` are further ones of the body.
    func chat(_ model: String, _ members: String = "", fields: String = "") async throws -> Answer {
        let rest = members.isEmpty ? "" : "," + members
        let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"Say hello."}]\#(rest)}"#
        return try await post("chat/completions", body, fields: fields)
    }

    /// Asks for a stream, and opens `gate` once its beginning has gone out.
    func stream(_ model: String, _ members: String = "", opening gate: Gate) async throws -> Answer {
        async let answer = chat(model, #""stream":true"# + (members.isEmpty ? "" : "," + members))
        _ = try await eventually { metric("switchyard_sent_bytes_total") > 0 }
        gate.open()
        return try await answer
    }

    func get(_ path: String, fields: String = "") async throws -> Answer { try await send(api, .get, path, "", fields) }

    /// Asks the admin listener.
    func manage(
        _ method: UpstreamRequest.Method,
        _ path: String,
        _ body: String = "",
        fields: String = ""
    ) async throws -> Answer {
        try await send(admin, method, path, body, fields)
    }

    private func send(
        _ origin: Origin,
        _ method: UpstreamRequest.Method,
        _ path: String,
        _ body: String,
        _ fields: String
    ) async throws -> Answer {
        let request = UpstreamRequest(
            origin: origin,
            method: method,
            path: path,
            headerLines: Array(fields.utf8),
            body: Array(body.utf8)
        )
        let minute = Duration.seconds(60)
        return try await withTaskExecutorPreference(loop) { [client] in
            let deadlines = AttemptDeadlines(
                connect: minute,
                firstByte: minute,
                betweenBytes: minute,
                whole: Instant.now.advanced(by: minute)
            )
            let response = try await client.value.send(request, deadlines: deadlines)
            defer { response.close() }
            let fields = response.head.fields.map { ($0.name.text.lowercased(), $0.value.text) }
            var answer = Answer(status: response.head.status, fields: Dictionary(fields) { first, _ in first })
            var bytes: [UInt8] = []
            do throws(UpstreamError) {
                while try await response.read(into: &bytes) {}
            } catch .truncated {
                answer.isCut = true
            } catch {
                throw error
            }
            answer.body = bytes.text
            return answer
        }
    }

    // MARK: What came of it

    /// Lets the next reload read this configuration instead.
    func willLoad(_ models: [String], settings: String = "", environment: [String: String] = [:]) throws {
        let text = "state_directory: \"\(folder.path)\"\n" + settings
        do throws(ConfigurationErrors) {
            let configuration = try GatewayConfiguration(
                settingsYAML: GatewayConfiguration.testSettings(text),
                modelsYAML: GatewayConfiguration.testModels(models),
                environment: environment
            )
            next.value.withLock { $0 = .success(configuration) }
        } catch {
            next.value.withLock { $0 = .failure(error) }
        }
    }

    /// Makes reloads wait for their files, or lets them go on.
    func holdFiles(_ isHeld: Bool) { next.isHeld.withLock { $0 = isHeld } }

    /// Whether a reload has begun to read its files.
    var isReloading: Bool { next.isBeingRead.withLock { $0 } }

    /// Everything in the ledger, the first request first, once no request is being answered.
    func ledger() async throws -> [LedgerEntry] {
        // A client has its answer a moment before the row is handed over: durability is relaxed.
        _ = try await eventually { metric("switchyard_in_flight_requests") == 0 }
        await service.ledger.flush()
        let reader = try LedgerReader(path: service.policy.settings.ledgerPath)
        return try reader.requests(limit: 1000, before: nil).reversed().compactMap { try reader.request(id: $0.id) }
    }

    /// The sample called `series`, labels and all, of the metrics' page; 0 if it is not there.
    func metric(_ series: String) -> Double {
        let line = service.metricsPage.text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.count + 1)) } ?? 0
    }

    /// How many slots of `model` are taken.
    func active(_ model: String) -> Int {
        service.policy.fleet.statistics(now: 0).first { $0.id.rawValue == model }.map { Int($0.active) } ?? 0
    }
}

/// Runs `body` with a gateway, and ends that whatever happens.
func withGateway(
    _ models: [String],
    settings: String = "",
    environment: [String: String] = [:],
    _ body: (RunningGateway) async throws -> Void
) async throws {
    let gateway = try await RunningGateway(models, settings, environment)
    do {
        try await body(gateway)
    } catch {
        await gateway.close()
        throw error
    }
    await gateway.close()
}

/// Waits until `condition` holds, at most half a minute.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    for _ in 0..<6000 {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return condition()
}

/// Expects `condition` to hold within half a minute.
func comesTrue(_ condition: () -> Bool, at location: SourceLocation = #_sourceLocation) async throws {
    #expect(try await eventually(condition), sourceLocation: location)
}
