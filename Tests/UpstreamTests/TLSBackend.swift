import COpenSSL
import Foundation

/// A certificate that is its own authority, with its key, as files.
struct Certificate: Sendable {
    /// For 127.0.0.1 and localhost.
    static let local = try? Certificate(names: "DNS:localhost,IP:127.0.0.1")
    /// For another host.
    static let foreign = try? Certificate(names: "DNS:other.example")

    let certificateFile: String
    let keyFile: String

    init(names: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "switchyard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificateFile = folder.appending(path: "certificate.pem").path
        keyFile = folder.appending(path: "key.pem").path
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments =
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=switchyard-test".split(
                separator: " "
            ).map(String.init) + ["-addext", "subjectAltName=\(names)", "-keyout", keyFile, "-out", certificateFile]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}

/// The backend's side of one TLS connection, used by its own thread alone.
struct TLSPeer {
    private let session: OpaquePointer
    private let context: OpaquePointer

    /// Does the handshake; `nil` if the client ends it.
    init?(_ peer: Peer, _ certificate: Certificate) {
        signal(SIGPIPE, SIG_IGN)  // OpenSSL writes with write()
        context = SSL_CTX_new(TLS_server_method())
        SSL_CTX_use_certificate_chain_file(context, certificate.certificateFile)
        SSL_CTX_use_PrivateKey_file(context, certificate.keyFile, SSL_FILETYPE_PEM)
        session = SSL_new(context)
        SSL_set_fd(session, peer.descriptor)
        guard SSL_accept(session) == 1 else {
            free()
            return nil
        }
    }

    func free() {
        SSL_free(session)
        SSL_CTX_free(context)
    }

    /// Says that no more will come; without it, an end is a cut.
    func close() { SSL_shutdown(session) }

    /// Reads a head, and a body of `bodyBytes`; `nil` once the connection is closed.
    func request(bodyBytes: Int = 0) -> String? {
        var head: [UInt8] = []
        while head.suffix(4) != [13, 10, 13, 10] {
            guard let byte = read(1)?.first else { return nil }
            head.append(byte)
        }
        var left = bodyBytes
        while left > 0 {
            guard let part = read(left) else { return nil }
            left -= part.count
        }
        return String(decoding: head, as: UTF8.self)
    }

    func write(_ text: String) { SSL_write(session, text, Int32(text.utf8.count)) }

    private func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: min(count, 1 << 14))
        let count = SSL_read(session, &bytes, Int32(bytes.count))
        return count > 0 ? Array(bytes.prefix(Int(count))) : nil
    }
}
