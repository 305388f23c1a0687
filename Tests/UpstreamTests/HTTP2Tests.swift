import Foundation
import HTTP
import Reactor
import Testing
import Upstream

/// libcurl's HTTP/2 against nginx, which passes on to a backend of ours; skipped where nginx is not installed.
@Suite(.serialized, .enabled(if: FileManager.default.isExecutableFile(atPath: Nginx.path)))
struct HTTP2Tests {
    private func withNginx(
        before backend: Backend,
        _ body: @escaping @Sendable (UpstreamClient, EventLoop, _ secure: Origin, _ plain: Origin) async throws -> Void
    ) async throws {
        let certificate = try #require(Certificate.local)
        let nginx = try Nginx(before: backend, certificate)
        defer { nginx.stop() }
        let secure = try Origin.parse(baseURL: "https://127.0.0.1:\(nginx.securePort)").origin
        let plain = try Origin.parse(baseURL: "http://127.0.0.1:\(nginx.plainPort)").origin
        var settings = UpstreamSettings()
        settings.caFile = certificate.certificateFile
        try await withClient(settings) { client, loop in try await body(client, loop, secure, plain) }
    }

    @Test func speaksWhatTheTransportAsksFor() async throws {
        let backend = Backend { peer in
            while let request = peer.request() { peer.respond(String(decoding: request.body, as: UTF8.self)) }
        }
        try await withNginx(before: backend) { client, _, secure, plain in
            for (origin, transport, version) in [
                (secure, UpstreamRequest.Transport.http1, "HTTP/1.1"), (secure, .http2, "HTTP/2.0"),
                (plain, .http2PriorKnowledge, "HTTP/2.0"),
            ] {
                let request = UpstreamRequest.post(origin, Array("{}".utf8), transport: transport)
                let response = try await client.send(request, deadlines: .relaxed())
                #expect(response.head.status == 200)
                #expect(response.head.fields.first("x-protocol").map { String(decoding: $0, as: UTF8.self) } == version)
                #expect(try await response.text() == "{}")
            }
        }
    }

    /// Many requests share one connection, and cancelling one ends it alone.
    @Test(arguments: [1, 2, 20])
    func cancelsOneStreamOfMany(count: Int) async throws {
        let backend = Backend { peer in
            guard let request = peer.request() else { return }
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
            peer.backend.note("begun \(request.head.split(separator: " ")[1])")
            guard request.head.hasPrefix("GET /0 ") else {
                while !peer.backend.notes.contains("closed") { peer.pause(0.005) }
                peer.write("6\r\n world\r\n0\r\n\r\n")
                return
            }
            peer.noteClose(as: "closed")
        }
        try await withNginx(before: backend) { client, loop, secure, _ in
            let bound = LoopBound(client, to: loop)
            let tasks = (0..<count).map { index in
                Task(executorPreference: loop) {
                    try await bound.value.fetch(.get(secure, "/\(index)", transport: .http2)).body
                }
            }
            for index in 0..<count { #expect(await backend.waits(for: "begun /\(index)")) }
            tasks[0].cancel()
            await #expect(throws: UpstreamError.cancelled) { try await tasks[0].value }
            #expect(await backend.waits(for: "closed"))
            for task in tasks.dropFirst() {
                let body = try await task.value
                #expect(body == "hello world")
            }
        }
    }

    @Test func carriesOneRequestAfterTheOther() async throws {
        let backend = Backend { peer in
            while let request = peer.request() { peer.respond(String(decoding: request.body, as: UTF8.self)) }
        }
        try await withNginx(before: backend) { client, _, secure, plain in
            for (origin, transport) in [(secure, UpstreamRequest.Transport.http2), (plain, .http2PriorKnowledge)] {
                for round in 0..<5 {
                    let body = String(repeating: "x", count: round * 50_000)
                    let answer = try await client.fetch(.post(origin, Array(body.utf8), transport: transport))
                    #expect(answer.body == body)
                    #expect(answer.timings.isReused == (round > 0 && transport == .http2))
                }
            }
        }
    }

    /// The first answer is still on its way when the second request is sent.
    @Test func carriesOneRequestBesideAnother() async throws {
        let backend = Backend { peer in
            guard let request = peer.request() else { return }
            guard request.head.hasPrefix("GET /first") else { return peer.respond("ok") }
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
            peer.noteClose(as: "closed")
        }
        try await withNginx(before: backend) { client, _, secure, plain in
            for (origin, transport) in [(secure, UpstreamRequest.Transport.http2), (plain, .http2PriorKnowledge)] {
                let first = try await client.send(.get(origin, "/first", transport: transport), deadlines: .relaxed())
                let answer = try await client.fetch(.get(origin, "/second", transport: transport))
                #expect(answer.body == "ok")
                #expect(answer.timings.isReused == (transport == .http2))
                first.close()
            }
        }
    }

    /// The stream is reset, and the next one goes over the same connection.
    @Test(arguments: [false, true])
    func keepsTheConnectionOfAnAnswerThatIsDone(isDone: Bool) async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ndone\r\n")
            peer.noteClose(as: "closed")
        }
        try await withNginx(before: backend) { client, _, secure, _ in
            for round in 0..<2 {
                let response = try await client.send(.get(secure, transport: .http2), deadlines: .relaxed())
                var bytes: [UInt8] = []
                while bytes.count < 4, try await response.read(into: &bytes) {}
                #expect(response.timings.isReused == (isDone && round == 1))
                if isDone { response.finish() }
                response.close()
            }
        }
        #expect(await backend.waits(for: "closed"))
    }

    /// Whether it waits for the head or still sends, a cancelled request reaches the backend as a close.
    @Test(arguments: [0, 8 << 20], [false, true])
    func cancelsAStreamBeforeItsAnswer(bodyBytes: Int, isAlone: Bool) async throws {
        let backend = Backend { peer in
            guard bodyBytes == 0 ? peer.request() != nil : peer.read(1) != nil else { return }
            peer.backend.note("begun")
            peer.noteClose(as: "closed")
        }
        try await withNginx(before: backend) { client, loop, secure, _ in
            let bound = LoopBound(client, to: loop)
            let body = [UInt8](repeating: 0x20, count: bodyBytes)
            let tasks = (0..<(isAlone ? 1 : 2)).map { _ in
                Task(executorPreference: loop) {
                    await bound.value.failure(of: .post(secure, body, transport: .http2))
                }
            }
            for _ in 0..<1000 where backend.notes.count < tasks.count { try await Task.sleep(for: .milliseconds(5)) }
            let turn = loop.now
            tasks[0].cancel()
            #expect(await tasks[0].value == .cancelled)
            #expect(loop.now == turn)
            #expect(await backend.waits(for: "closed"))
            tasks.last?.cancel()
            #expect(await tasks.last?.value == .cancelled)
        }
    }

    @Test func doesNotReadWhatNobodyAsksFor() async throws {
        let size = 64 << 20
        let backend = Backend.sending(megabytes: 64)
        try await withNginx(before: backend) { client, loop, secure, _ in
            let response = try await client.send(.get(secure, transport: .http2), deadlines: .relaxed())
            try await loop.sleep(until: Instant.now.advanced(by: .milliseconds(300)))
            // libcurl 7.88 opens a window of 32 MiB for a stream; nothing beyond it is taken.
            #expect(backend.notes.count < 60)
            var count = 0
            var bytes: [UInt8] = []
            while try await response.read(into: &bytes) {
                count += bytes.count
                bytes.removeAll(keepingCapacity: true)
            }
            #expect(count == size)
        }
    }

    @Test func reportsACutStream() async throws {
        let backend = Backend { peer in
            guard peer.request() != nil else { return }
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
        }
        try await withNginx(before: backend) { client, _, secure, _ in
            await #expect(throws: UpstreamError.truncated) { try await client.fetch(.get(secure, transport: .http2)) }
        }
    }
}

/// An nginx of the test's own, in a folder of its own.
private struct Nginx {
    static let path = "/usr/sbin/nginx"

    let securePort: UInt16
    let plainPort: UInt16
    private let process = Process()
    private let folder: String

    init(before backend: Backend, _ certificate: Certificate) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "switchyard-nginx-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // Taken and given back: the kernel does not give them out again at once.
        let (first, second) = (Backend(accepts: false), Backend(accepts: false))
        (securePort, plainPort) = (first.port, second.port)
        first.close()
        second.close()
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: " ")
        let configuration = """
            daemon off; master_process off; pid \(folder)/pid; error_log \(folder)/error.log;
            events { worker_connections 512; }
            http {
                access_log off; \(temporary)
                server {
                    listen 127.0.0.1:\(securePort) ssl http2;
                    listen 127.0.0.1:\(plainPort) http2;
                    ssl_certificate \(certificate.certificateFile); ssl_certificate_key \(certificate.keyFile);
                    location / {
                        add_header x-protocol $server_protocol;
                        proxy_pass http://127.0.0.1:\(backend.port); proxy_buffering off; proxy_http_version 1.1;
                        proxy_request_buffering off; client_max_body_size 0;
                    }
                }
            }
            """
        try configuration.write(toFile: "\(folder)/nginx.conf", atomically: true, encoding: .utf8)
        process.executableURL = URL(filePath: Self.path)
        process.arguments = ["-c", "\(folder)/nginx.conf", "-e", "\(folder)/error.log"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        for _ in 0..<500 where !isListening { Thread.sleep(forTimeInterval: 0.01) }
        try #require(isListening)
    }

    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) }
    }

    private var isListening: Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { Glibc.close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = plainPort.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
