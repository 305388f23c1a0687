import Glibc
import Reactor

/// One request over a blocking socket, in HTTP/1.0: its answer is what comes up to the end of the connection.
struct Client {
    struct Answer {
        let status: Int
        let head: String
        let body: String
        /// How the connection ended: 0 properly, else the error's number.
        let error: Int32
    }

    let port: UInt16
    /// A read that takes longer ends the answer with EAGAIN.
    var patienceMilliseconds = 20_000

    func get(_ path: String) throws -> Answer { try send("GET \(path) HTTP/1.0\r\n\r\n") }

    func post(_ path: String, _ body: String, fields: String = "") throws -> Answer {
        try send("POST \(path) HTTP/1.0\r\ncontent-length: \(body.utf8.count)\r\n\(fields)\r\n\(body)")
    }

    /// Hangs up after about so many bytes; returns how many came.
    func post(_ path: String, _ body: String, bytesMax: Int) throws -> Int {
        let descriptor = try request("POST \(path) HTTP/1.0\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var total = 0
        while total < bytesMax {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            total += count
        }
        return total
    }

    private func send(_ request: String) throws -> Answer {
        let descriptor = try self.request(request)
        defer { close(descriptor) }
        return answer(from: descriptor)
    }

    /// A connection over which `request` was sent.
    private func request(_ request: String) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        do {
            try connect(descriptor, sending: Array(request.utf8))
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private func connect(_ descriptor: Int32, sending bytes: [UInt8]) throws {
        var patience = timeval(tv_sec: patienceMilliseconds / 1000, tv_usec: patienceMilliseconds % 1000 * 1000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        // Linux holds a connect to the time for sending.
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw IOError.system("connect", errno) }
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw IOError.system("send", errno)
        }
    }

    private func answer(from descriptor: Int32) -> Answer {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var error: Int32 = 0
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 { error = errno }
            guard count > 0 else { break }
            received += buffer.prefix(count)
        }
        let parts = String(decoding: received, as: UTF8.self).split(separator: "\r\n\r\n", maxSplits: 1)
        let head = parts.first.map(String.init) ?? ""
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Answer(status: status, head: head, body: parts.dropFirst().first.map(String.init) ?? "", error: error)
    }
}
