import Glibc
import Reactor
import Server
import Testing

@Suite("Listening", .ownThread) struct ListeningTests {
    private struct NoHandler: RequestHandler {
        func respond(to exchange: Exchange) async {}
    }

    private let path = "/tmp/switchyard-listening-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"

    @Test func listensOnAllAddressesOrOnNone() async throws {
        let loop = try EventLoop(name: "all-or-none")
        defer { loop.stop() }
        let addresses = [SocketAddress.unix(path: path), try SocketAddress("192.0.2.1:1")]
        let server = HTTPServer(
            loops: [loop],
            addresses: addresses,
            limits: .tests,
            tls: nil,
            handler: NoHandler()
        )
        await #expect(throws: IOError.system("bind 192.0.2.1:1", EADDRNOTAVAIL)) { try await server.start() }
        #expect(access(path, F_OK) == -1)
    }

    @Test func servesOnSeveralAddressesAtOnce() async throws {
        let fixture = try await Fixture(["127.0.0.1:0", "[::1]:0", "unix:\(path)"], loops: 2)
        #expect(fixture.server.boundAddresses.count == 3)
        for address in fixture.server.boundAddresses {
            let client = try Client(address)
            client.send("GET /\(address.port) HTTP/1.1\r\nhost: a\r\n\r\n")
            #expect(try client.readAnswer().text == "GET /\(address.port) ")
        }
        await fixture.server.drain(deadline: .patience)
        #expect(access(path, F_OK) == -1)
    }
}
