import Foundation
import HTTP
import Reactor
import Synchronization
import Upstream

/// A backend that plays a part: each connection is a thread with blocking calls.
final class Backend: Sendable {
    let port: UInt16
    private let listener: Int32
    private let accepted = Atomic<Int>(0)
    private let log = Mutex<[String]>([])

    /// Listens on a port of the kernel's choice and runs `serve` for each connection.
    init(backlog: Int32 = 512, accepts: Bool = true, _ serve: @escaping @Sendable (Peer) -> Void = { _ in }) {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length)
                listen(listener, backlog)
                getsockname(listener, pointer, &length)
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        guard accepts else { return }
        Thread.detachNewThread { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                let peer = Peer(
                    descriptor: descriptor,
                    index: accepted.add(1, ordering: .relaxed).oldValue,
                    backend: self
                )
                Thread.detachNewThread {
                    serve(peer)
                    Glibc.close(descriptor)
                }
            }
        }
    }

    /// A backend that answers each connection's first request with `response`, in packets of so many bytes.
    static func answering(_ response: String, packet: Int) -> Backend {
        Backend { peer in
            guard peer.request() != nil else { return }
            let bytes = Array(response.utf8)
            for start in stride(from: 0, to: bytes.count, by: packet) {
                peer.write(Array(bytes[start..<min(start + packet, bytes.count)]))
                if packet < 1000 { peer.pause(0.0005) }
            }
        }
    }

    /// Refuses connections from now on.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
    }

    var connectionCount: Int { accepted.load(ordering: .relaxed) }
    var origin: Origin { get throws { try Origin.parse(baseURL: "http://127.0.0.1:\(port)").origin } }

    /// Notes what happened, for the test to ask for.
    func note(_ event: String) { log.withLock { $0.append(event) } }
    var notes: [String] { log.withLock { $0 } }

    /// Waits on the backend's own thread, at most five seconds, until `event` was noted.
    func waitsUntilNoted(_ event: String) -> Bool {
        for _ in 0..<5000 where !notes.contains(event) { Thread.sleep(forTimeInterval: 0.001) }
        return notes.contains(event)
    }

    /// Waits, at most five seconds, until `event` was noted.
    func waits(for event: String) async -> Bool {
        for _ in 0..<1000 {
            if notes.contains(event) { return true }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }
}

/// The backend's side of one connection.
struct Peer: Sendable {
    let descriptor: Int32
    let index: Int
    let backend: Backend

    /// Reads one request, its body by `content-length`; `nil` once the connection is closed.
    func request() -> (head: String, body: [UInt8])? {
        var bytes: [UInt8] = []
        while bytes.suffix(4) != [13, 10, 13, 10] {
            guard let byte = read(1)?.first else { return nil }
            bytes.append(byte)
        }
        let head = String(decoding: bytes, as: UTF8.self)
        let length = head.lowercased().components(separatedBy: "content-length: ").dropFirst().first
            .flatMap { Int($0.prefix { $0.isNumber }) }
        var body: [UInt8] = []
        while body.count < length ?? 0 {
            guard let part = read((length ?? 0) - body.count) else { return nil }
            body += part
        }
        return (head, body)
    }

    func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: min(count, 1 << 16))
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    /// Sends everything; `false` once the connection is closed.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// A whole response with a length.
    func respond(_ body: String, status: String = "200 OK", fields: String = "") {
        write("HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
    }

    /// Reads until the other side closes, and notes how many nanoseconds after `instant` that was.
    func noteClose(as event: String) {
        while read(1 << 16) != nil {}
        backend.note(event)
    }

    func pause(_ seconds: Double) { Thread.sleep(forTimeInterval: seconds) }
}

/// Runs `body` on a loop of its own, with a client that lives there.
func withClient<Result: Sendable>(
    _ settings: UpstreamSettings = UpstreamSettings(),
    _ body: @escaping @Sendable (UpstreamClient, EventLoop) async throws -> Result
) async throws -> Result {
    let loop = try EventLoop(name: "upstream-test")
    defer { loop.stop() }
    return try await Task(executorPreference: loop) {
        let client = UpstreamClient(on: loop, settings: settings)
        defer { client.close() }
        return try await body(client, loop)
    }.value
}

extension AttemptDeadlines {
    /// Long enough for a loaded machine; a test shortens the one that it is about.
    static func relaxed(
        connect: Duration = .seconds(20),
        firstByte: Duration = .seconds(20),
        betweenBytes: Duration = .seconds(20),
        whole: Duration = .seconds(60)
    ) -> AttemptDeadlines {
        AttemptDeadlines(
            connect: connect,
            firstByte: firstByte,
            betweenBytes: betweenBytes,
            whole: Instant.now.advanced(by: whole)
        )
    }
}

extension UpstreamResponse {
    /// The whole body.
    func text() async throws(UpstreamError) -> String {
        var bytes: [UInt8] = []
        while try await read(into: &bytes) {}
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension UpstreamClient {
    /// Sends, reads everything, and returns status, body and timings.
    func fetch(
        _ request: UpstreamRequest,
        _ deadlines: AttemptDeadlines = .relaxed()
    ) async throws(UpstreamError) -> (status: Int, body: String, timings: UpstreamTimings) {
        let response = try await send(request, deadlines: deadlines)
        let body = try await response.text()
        return (response.head.status, body, response.timings)
    }
}

extension UpstreamClient {
    /// Sends, reads everything, and returns what went wrong.
    func failure(of request: UpstreamRequest, _ deadlines: AttemptDeadlines = .relaxed()) async -> UpstreamError? {
        do throws(UpstreamError) {
            _ = try await fetch(request, deadlines)
            return nil
        } catch {
            return error
        }
    }
}

extension UpstreamRequest {
    static func get(_ origin: Origin, _ path: String = "/", transport: Transport = .http1) -> UpstreamRequest {
        UpstreamRequest(origin: origin, method: .get, path: path, transport: transport)
    }

    static func post(_ origin: Origin, _ body: [UInt8], transport: Transport = .http1) -> UpstreamRequest {
        UpstreamRequest(
            origin: origin,
            method: .post,
            path: "/v1/chat/completions",
            headerLines: Array("content-type: application/json\r\n".utf8),
            body: body,
            transport: transport
        )
    }
}

extension Backend {
    /// Answers with a body of `count` times 2^20 bytes, and notes each of them that it could write.
    static func sending(megabytes count: Int) -> Backend {
        Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ncontent-length: \(count << 20)\r\n\r\n")
            let part = [UInt8](repeating: 0x61, count: 1 << 20)
            for index in 0..<count {
                guard peer.write(part) else { return }
                peer.backend.note("\(index)")
            }
        }
    }
}
