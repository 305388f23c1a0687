import Glibc
import Testing

@testable import Reactor

@Suite("TLS", .serialized) struct TLSTests {
    let loop: EventLoop
    let files: TLSFiles

    init() throws {
        loop = try EventLoop(name: "tls")
        files = try TLSFiles.shared.get()
    }

    @Test(arguments: [0, 1, 16_384, 100_000, 2_000_000]) func echoesAndEndsWithCloseNotify(count: Int) async throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let (server, client) = try contexts()
        let answer = try await exchange(server, client) { socket in
            let all = try await socket.readToEnd(deadline: .patience)
            try await socket.writeAll(all, deadline: .patience)
        } client: { socket in
            try await socket.writeAll(bytes, deadline: .patience)
            socket.shutdownWriting()
            return try await socket.readToEnd(deadline: .patience)
        }
        #expect(answer == bytes)
    }

    @Test func joinsHeadAndBodyAcrossRecords() async throws {
        let (server, client) = try contexts()
        let answer = try await exchange(server, client) { socket in
            let head = [UInt8](repeating: 1, count: 10_000)
            let body = [UInt8](repeating: 2, count: 10_000)
            let transfer = try head.withUnsafeBytes { head in try body.withUnsafeBytes { try socket.write(head, $0) } }
            guard case .bytes(16_384) = transfer else { throw IOError.tls("wrote \(transfer)") }
        } client: {
            try await $0.readToEnd(deadline: .patience)
        }
        #expect(answer == [UInt8](repeating: 1, count: 10_000) + [UInt8](repeating: 2, count: 6384))
    }

    @Test func doesNotTakeACutForAnEnd() async throws {
        let (server, client) = try contexts()
        await #expect(throws: IOError.closedByPeer) {
            try await exchange(server, client) { socket in
                try await socket.writeAll([1, 2, 3], deadline: .patience)
                shutdown(socket.descriptor, Int32(SHUT_RDWR))
            } client: {
                try await $0.readToEnd(deadline: .patience)
            }
        }
    }

    @Test func refusesAPeerThatDoesNotSpeakIt() async throws {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        defer { close(theirs) }
        let context = try contexts().server
        sendAll(Array("GET / HTTP/1.1\r\nhost: a\r\n\r\n".utf8), to: theirs)
        let error = await #expect(throws: IOError.self) {
            try await Task(executorPreference: loop) {
                let socket = try Socket(adopting: ours, on: loop)
                defer { socket.close() }
                try await socket.startTLS(context, deadline: .patience)
            }.value
        }
        #expect(error == .tls("http request"))
    }

    @Test func givesUpOnAHandshakeAtItsDeadline() async throws {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        defer { close(theirs) }
        let context = try contexts().server
        await #expect(throws: IOError.timedOut) {
            try await Task(executorPreference: loop) {
                let socket = try Socket(adopting: ours, on: loop)
                defer { socket.close() }
                try await socket.startTLS(context, deadline: Instant.now.advanced(by: .milliseconds(20)))
            }.value
        }
    }

    @Test func namesTheFileThatIsWrong() throws {
        let missing = #expect(throws: IOError.self) {
            try TLSContext(certificateChainPath: "/nowhere.pem", privateKeyPath: files.key)
        }
        #expect("\(missing, default: "")".contains("certificate chain /nowhere.pem: No such file"))
        let swapped = #expect(throws: IOError.self) {
            try TLSContext(certificateChainPath: files.certificate, privateKeyPath: files.certificate)
        }
        #expect("\(swapped, default: "")".contains("private key \(files.certificate)"))
        let other = #expect(throws: IOError.self) {
            try TLSContext(certificateChainPath: files.certificate, privateKeyPath: files.otherKey)
        }
        #expect("\(other, default: "")".contains("private key \(files.otherKey)"))
    }

    private func contexts() throws -> (server: TLSContext, client: TLSContext) {
        (
            try TLSContext(certificateChainPath: files.certificate, privateKeyPath: files.key),
            try TLSContext(clientTrusting: files.certificate)
        )
    }

    /// Runs both ends of one connection on the loop; closes the server's end after its turn.
    private func exchange(
        _ serverContext: TLSContext,
        _ clientContext: TLSContext,
        server: @escaping @Sendable (Socket) async throws -> Void,
        client: @escaping @Sendable (Socket) async throws -> [UInt8]
    ) async throws -> [UInt8] {
        let loop = loop
        let (ours, theirs) = try makeSocketPair()
        try #require(fcntl(theirs, F_SETFL, O_NONBLOCK) == 0)
        let serving = Task(executorPreference: loop) {
            let socket = try Socket(adopting: theirs, on: loop)
            defer { socket.close() }
            try await socket.startTLS(serverContext, deadline: .patience)
            try await server(socket)
        }
        let result = Task(executorPreference: loop) {
            let socket = try Socket(adopting: ours, on: loop)
            defer { socket.close() }
            try await socket.startTLS(clientContext, deadline: .patience)
            return try await client(socket)
        }
        let bytes = try await result.value
        try await serving.value
        return bytes
    }
}

/// A self-signed certificate and two keys, made once for all tests by the `openssl` command.
struct TLSFiles: Sendable {
    let certificate: String
    let key: String
    let otherKey: String

    static let shared = Result { try TLSFiles() }

    private init() throws {
        let folder = "/tmp/switchyard-tls-\(getpid())"
        mkdir(folder, 0o700)
        (certificate, key, otherKey) = ("\(folder)/cert.pem", "\(folder)/key.pem", "\(folder)/other.pem")
        let make =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
        let names = "-addext subjectAltName=DNS:localhost,IP:127.0.0.1"
        try #require(system("\(make) \(names) -keyout \(key) -out \(certificate) 2>/dev/null") == 0)
        try #require(
            system("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out \(otherKey)") == 0
        )
    }
}
