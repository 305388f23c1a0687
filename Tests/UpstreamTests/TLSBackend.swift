import COpenSSL
import Foundation
import Testing

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
        let subject = "-days 2 -subj /CN=switchyard-test -addext subjectAltName=\(names)"
        let files = "-keyout '\(keyFile)' -out '\(certificateFile)'"
        let command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \(subject) \(files)"
        guard system("\(command) 2> /dev/null") == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}

extension Certificate {
    /// The same certificate, valid for one day from `start` days from now on, and signed anew.
    func moved(toDays start: Int) throws -> Certificate {
        let certificate = try #require(read(certificateFile) { PEM_read_X509($0, nil, nil, nil) })
        let key = try #require(read(keyFile) { PEM_read_PrivateKey($0, nil, nil, nil) })
        defer {
            X509_free(certificate)
            EVP_PKEY_free(key)
        }
        X509_gmtime_adj(X509_getm_notBefore(certificate), start * 86400)
        X509_gmtime_adj(X509_getm_notAfter(certificate), (start + 1) * 86400)
        X509_sign(certificate, key, EVP_sha256())
        let file = try #require(fopen(certificateFile, "w"))
        defer { fclose(file) }
        try #require(PEM_write_X509(file, certificate) == 1)
        return self
    }

    private func read(_ path: String, _ body: (UnsafeMutablePointer<FILE>) -> OpaquePointer?) -> OpaquePointer? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        return body(file)
    }
}

/// The backend's side of one TLS connection, used by its own thread alone.
struct TLSPeer {
    private let session: OpaquePointer
    private let context: OpaquePointer

    /// Does the handshake, and chooses HTTP/2 where it `speaksHTTP2`; `nil` if the client ends it.
    init?(_ peer: Peer, _ certificate: Certificate, speaksHTTP2: Bool = false) {
        signal(SIGPIPE, SIG_IGN)  // OpenSSL writes with write()
        context = SSL_CTX_new(TLS_server_method())
        SSL_CTX_use_certificate_chain_file(context, certificate.certificateFile)
        SSL_CTX_use_PrivateKey_file(context, certificate.keyFile, SSL_FILETYPE_PEM)
        session = SSL_new(context)
        if speaksHTTP2 { chooseHTTP2() }
        SSL_set_fd(session, peer.descriptor)
        guard SSL_accept(session) == 1 else {
            free()
            return nil
        }
    }

    private func chooseHTTP2() {
        // The client's list is one of lengths and names, and libcurl has h2 first.
        let choose: SSL_CTX_alpn_select_cb_func = { _, name, length, offered, _, _ in
            name?.pointee = offered?.advanced(by: 1)
            length?.pointee = 2
            return SSL_TLSEXT_ERR_OK
        }
        SSL_CTX_set_alpn_select_cb(context, choose, nil)
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

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) { SSL_write(session, bytes, Int32(bytes.count)) }

    func read(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: min(count, 1 << 14))
        let count = SSL_read(session, &bytes, Int32(bytes.count))
        return count > 0 ? Array(bytes.prefix(Int(count))) : nil
    }
}
