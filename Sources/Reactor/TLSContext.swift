internal import COpenSSL

// Sendable: OpenSSL counts references to an SSL_CTX atomically and, once made, nobody changes this one.
/// What a server shows and accepts in TLS: a certificate chain with its key, TLS 1.2 or newer, and HTTP/1.1.
public final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Reads a PEM certificate chain, leaf first, and its PEM private key, and checks that they belong together.
    ///
    /// - Throws: ``IOError/tls(_:)`` that names the file at fault.
    public convenience init(certificateChainPath: String, privateKeyPath: String) throws(IOError) {
        try self.init(TLS_server_method())
        guard SSL_CTX_use_certificate_chain_file(pointer, certificateChainPath) == 1 else {
            throw .tls("certificate chain \(certificateChainPath): \(Self.takeReason())")
        }
        guard SSL_CTX_use_PrivateKey_file(pointer, privateKeyPath, SSL_FILETYPE_PEM) == 1 else {
            throw .tls("private key \(privateKeyPath): \(Self.takeReason())")
        }
        guard SSL_CTX_check_private_key(pointer) == 1 else {
            throw .tls("private key \(privateKeyPath) is not that of \(certificateChainPath): \(Self.takeReason())")
        }
        SSL_CTX_set_alpn_select_cb(
            pointer,
            { _, chosen, chosenCount, offered, offeredCount, _ in
                TLSContext.selectProtocol(chosen, chosenCount, offered, offeredCount)
            },
            nil
        )
    }

    /// What a client that trusts the certificates in one PEM file alone would use; for tests.
    convenience init(clientTrusting path: String) throws(IOError) {
        try self.init(TLS_client_method())
        guard SSL_CTX_load_verify_locations(pointer, path, nil) == 1 else {
            throw .tls("certificates \(path): \(Self.takeReason())")
        }
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
    }

    private init(_ method: OpaquePointer?) throws(IOError) {
        guard let pointer = SSL_CTX_new(method) else { throw .tls(Self.takeReason()) }
        self.pointer = pointer
        SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        // Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else.
        SSL_CTX_set_cipher_list(pointer, "ECDHE+AESGCM:ECDHE+CHACHA20")
        SSL_CTX_set_options(pointer, cs_options)
        SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, cs_modes, nil)
        // Sessions resume from tickets, which the client keeps; nothing is kept here.
        SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        SSL_CTX_set_num_tickets(pointer, 1)
        // A record's header and body in one system call.
        SSL_CTX_ctrl(pointer, SSL_CTRL_SET_READ_AHEAD, 1, nil)
    }

    deinit { SSL_CTX_free(pointer) }

    /// Answers `http/1.1` to a client that offers it among others; one that offers only others is refused (RFC 7301).
    private static func selectProtocol(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        _ chosenCount: UnsafeMutablePointer<UInt8>?,
        _ offered: UnsafePointer<UInt8>?,
        _ offeredCount: UInt32
    ) -> Int32 {
        let ours: StaticString = "\u{8}http/1.1"
        var match: UnsafeMutablePointer<UInt8>?
        let count = UInt32(ours.utf8CodeUnitCount)
        let found = SSL_select_next_proto(&match, chosenCount, ours.utf8Start, count, offered, offeredCount)
        guard found == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        chosen?.pointee = UnsafePointer(match)
        return SSL_TLSEXT_ERR_OK
    }

    /// The oldest error of this thread's OpenSSL queue as text; empties the queue.
    static func takeReason() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return "no reason given" }
        if let reason = ERR_reason_error_string(code) { return String(cString: reason) }
        // A system error has no reason string of OpenSSL's: the low bits are the errno.
        return IOError.describe(Int32(truncatingIfNeeded: code & 0x7FFF_FFFF))
    }
}
