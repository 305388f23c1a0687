import Glibc
import Reactor
import Testing

/// A blocking socket that sends exactly what a test says, and reads answers; nothing waits longer than a minute.
final class Client {
    struct Answer: Equatable {
        var status = 0
        var fields: [String: String] = [:]
        var body: [UInt8] = []

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Ended: Error {}

    private(set) var descriptor: Int32
    private var received: [UInt8] = []

    init(_ address: SocketAddress, receiveBufferBytes: Int32? = nil) throws {
        switch address {
        case .ipv4: descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        case .ipv6: descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        case .unix: descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        }
        try #require(descriptor >= 0)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        if var receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBufferBytes, socklen_t(MemoryLayout<Int32>.size))
        }
        guard connect(to: address) == 0 else { throw IOError.system("connect", errno) }
    }

    deinit { close() }

    private func connect(to address: SocketAddress) -> Int32 {
        switch address {
        case .ipv4(let bytes, let port):
            var raw = sockaddr_in()
            raw.sin_family = sa_family_t(AF_INET)
            raw.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &raw.sin_addr) { $0.copyBytes(from: bytes) }
            return connect(&raw)
        case .ipv6(let bytes, let port):
            var raw = sockaddr_in6()
            raw.sin6_family = sa_family_t(AF_INET6)
            raw.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &raw.sin6_addr) { $0.copyBytes(from: bytes) }
            return connect(&raw)
        case .unix(let path):
            var raw = sockaddr_un()
            raw.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &raw.sun_path) { $0.copyBytes(from: path.utf8) }
            return connect(&raw)
        }
    }

    private func connect<Address>(_ address: inout Address) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Closes with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func shutdownWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends all of it; whether the server took it.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Whether the server closes, with no byte more.
    func isClosedByServer() -> Bool {
        do {
            return received.isEmpty ? try !receive() : false
        } catch {
            return error as? IOError == .system("recv", ECONNRESET)
        }
    }

    /// Waits until the server's kernel has taken all that was sent over TCP, the end too.
    func waitUntilAcknowledged() async throws {
        let isAcknowledged = try await eventually {
            var unacknowledged: Int32 = 0
            return ioctl(descriptor, UInt(TIOCOUTQ), &unacknowledged) == 0 && unacknowledged == 0
        }
        try #require(isAcknowledged)
    }

    /// The next answer, interim ones too.
    func readAnswer(toHead: Bool = false) throws -> Answer {
        var answer = Answer()
        let lines = try readHead().split(separator: "\r\n", omittingEmptySubsequences: true)
        let start = try #require(lines.first).split(separator: " ")
        answer.status = try #require(start.dropFirst().first.flatMap { Int($0) })
        for line in lines.dropFirst() {
            let colon = try #require(line.firstIndex(of: ":"))
            answer.fields[line[..<colon].lowercased()] = String(line[line.index(colon, offsetBy: 2)...])
        }
        if toHead || answer.status < 200 || answer.status == 204 || answer.status == 304 { return answer }
        if answer.fields["transfer-encoding"] == "chunked" {
            answer.body = try readChunks()
        } else if let length = answer.fields["content-length"].flatMap({ Int($0) }) {
            answer.body = try read(length)
        } else {
            while try receive() {}
            answer.body = received
            received = []
        }
        return answer
    }

    /// The head of the next answer, without its empty line's CRLF; the body stays.
    func readAnswerHead() throws -> String { try readHead() + "\r\n" }

    private func readHead() throws -> String {
        while true {
            if let end = received.indices.dropLast(3).first(where: { received[$0..<$0 + 4] == [13, 10, 13, 10] }) {
                defer { received.removeSubrange(..<(end + 4)) }
                return String(decoding: received[..<end], as: UTF8.self)
            }
            guard try receive() else { throw Ended() }
        }
    }

    private func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            var line: [UInt8] = []
            while line.suffix(2) != [13, 10] { line += try read(1) }
            let size = try #require(Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16))
            body += try read(size)
            try #require(try read(2) == [13, 10])
            if size == 0 { return body }
        }
    }

    func read(_ count: Int) throws -> [UInt8] {
        while received.count < count { guard try receive() else { throw Ended() } }
        defer { received.removeSubrange(..<count) }
        return Array(received[..<count])
    }

    /// Everything up to the end, as it came.
    func readToEnd() throws -> [UInt8] {
        while try receive() {}
        defer { received = [] }
        return received
    }

    /// Takes what has come; `false` at the end.
    private func receive() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { throw IOError.system("recv", errno) }
        received += buffer.prefix(count)
        return count > 0
    }
}
