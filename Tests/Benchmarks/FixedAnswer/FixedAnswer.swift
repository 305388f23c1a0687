import Glibc
import Reactor
import Server

/// Serves one fixed 300-byte answer: what the server itself costs, to be compared with nginx's `return 200`.
@main struct FixedAnswer: RequestHandler {
    private let fields = Array("content-type: text/plain\r\n".utf8)
    private let body = [UInt8](repeating: 0x78, count: 300)

    static func main() throws {
        let address = CommandLine.arguments.dropFirst().first ?? "127.0.0.1:18080"
        let loop = try EventLoop(name: "loop-0")
        var limits = ServerLimits()
        limits.connectionsMax = 100_000
        let server = HTTPServer(
            loops: [loop],
            addresses: [try SocketAddress(address)],
            limits: limits,
            tls: nil,
            handler: FixedAnswer()
        )
        loop.start {
            do throws(IOError) {
                try await server.start()
            } catch {
                exit(1)
            }
        }
        while true { pause() }
    }

    func respond(to exchange: Exchange) async {
        do {
            try await exchange.respond(status: 200, fields: fields, body: body)
        } catch {
            // The client is gone.
        }
    }
}
