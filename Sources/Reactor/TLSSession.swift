internal import COpenSSL

/// One connection's TLS over its socket's plain reads and writes.
///
/// OpenSSL reaches the descriptor through the socket's own `receive` and `transmit`, so the socket's flags know of
/// every short read and every full buffer, and an edge is never missed. After each call `readNeeds` or `writeNeeds`
/// says what the next one has to wait for; either direction may need either.
final class TLSSession {
    /// What has to happen before the same call can get further.
    enum Need {
        case nothing, readable, writable
    }

    private let ssl: OpaquePointer
    private(set) var readNeeds = Need.nothing
    private(set) var writeNeeds = Need.nothing
    /// A fatal error ends all use: not even `close_notify` may follow it.
    private var hasFailed = false
    fileprivate var transportError: IOError?

    /// A session of `context`'s kind over `socket`, which owns it.
    init(_ context: TLSContext, over socket: Socket) throws(IOError) {
        guard let ssl = SSL_new(context.pointer) else { throw .tls(TLSContext.takeReason()) }
        self.ssl = ssl
        guard let bio = BIO_new(Transport.method) else { throw .tls(TLSContext.takeReason()) }
        BIO_set_data(bio, Unmanaged.passUnretained(socket).toOpaque())
        BIO_set_init(bio, 1)
        SSL_set_bio(ssl, bio, bio)
        if SSL_is_server(ssl) == 1 { SSL_set_accept_state(ssl) } else { SSL_set_connect_state(ssl) }
    }

    deinit { SSL_free(ssl) }

    /// Takes the handshake as far as it goes; `nothing` once it is complete.
    func handshake() throws(IOError) -> Need {
        ERR_clear_error()
        let result = SSL_do_handshake(ssl)
        return result == 1 ? .nothing : try need(result) ?? .nothing
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Socket.Transfer {
        ERR_clear_error()
        let count = SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
        readNeeds = .nothing
        if count > 0 { return .bytes(Int(count)) }
        guard let need = try need(count) else { return .end }
        readNeeds = need
        return .wouldBlock
    }

    func write(_ buffer: UnsafeRawBufferPointer) throws(IOError) -> Socket.Transfer {
        guard !buffer.isEmpty else { return .bytes(0) }
        ERR_clear_error()
        let count = SSL_write(ssl, buffer.baseAddress, Int32(clamping: buffer.count))
        writeNeeds = .nothing
        if count > 0 { return .bytes(Int(count)) }
        guard let need = try need(count) else { throw .closedByPeer }
        writeNeeds = need
        return .wouldBlock
    }

    /// Writes the start of two buffers as one record: two records would be two system calls.
    func write(_ head: UnsafeRawBufferPointer, _ body: UnsafeRawBufferPointer) throws(IOError) -> Socket.Transfer {
        guard !head.isEmpty, !body.isEmpty else { return try write(head.isEmpty ? body : head) }
        // A retry brings the same two buffers, so it makes the same record, as OpenSSL asks.
        let count = min(head.count + body.count, 16_384)
        return try withUnsafeTemporaryAllocation(byteCount: count, alignment: 1) { record throws(IOError) in
            let fromHead = min(head.count, count)
            record.copyMemory(from: UnsafeRawBufferPointer(rebasing: head.prefix(fromHead)))
            UnsafeMutableRawBufferPointer(rebasing: record[fromHead...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: body.prefix(count - fromHead)))
            return try write(UnsafeRawBufferPointer(record))
        }
    }

    /// Tells the peer that no more will come, so that it can tell the end from a cut.
    func sendCloseNotify() {
        guard !hasFailed, SSL_in_init(ssl) == 0 else { return }
        ERR_clear_error()
        _ = SSL_shutdown(ssl)
    }

    /// What `result` asks for; `nil` at the peer's `close_notify`.
    private func need(_ result: Int32) throws(IOError) -> Need? {
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .readable
        case SSL_ERROR_WANT_WRITE: return .writable
        case SSL_ERROR_ZERO_RETURN: return nil
        default:
            hasFailed = true
            if let transportError { throw transportError }
            let reason = ERR_peek_error()
            // An end without `close_notify`: somebody may have cut the stream, so it is no `end`.
            if reason == 0 || ERR_GET_REASON(reason) == SSL_R_UNEXPECTED_EOF_WHILE_READING { throw .closedByPeer }
            throw .tls(TLSContext.takeReason())
        }
    }

    fileprivate func note(_ error: IOError) { transportError = error }
}

/// The socket as OpenSSL's transport.
private enum Transport {
    // Written once, before its first use, and only read afterwards.
    nonisolated(unsafe) static let method: OpaquePointer? = {
        let method = BIO_meth_new(Int32(BIO_TYPE_SOURCE_SINK), "loop socket")
        BIO_meth_set_read(method) { Transport.read($0, $1, $2) }
        BIO_meth_set_write(method) { Transport.write($0, $1, $2) }
        // OpenSSL asks only for a flush, of which there is nothing to do.
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }()

    private static func read(_ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int32) -> Int32 {
        guard let socket = socket(of: bio), let bytes else { return -1 }
        BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
        do throws(IOError) {
            switch try socket.receive(into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))) {
            case .bytes(let count): return Int32(count)
            case .wouldBlock: BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
            case .end: return 0
            }
        } catch {
            socket.session?.note(error)
        }
        return -1
    }

    private static func write(_ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
        guard let socket = socket(of: bio), let bytes else { return -1 }
        BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
        do throws(IOError) {
            switch try socket.transmit(UnsafeRawBufferPointer(start: bytes, count: Int(count))) {
            case .bytes(let count): return Int32(count)
            case .wouldBlock, .end: BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
            }
        } catch {
            socket.session?.note(error)
        }
        return -1
    }

    private static func socket(of bio: OpaquePointer?) -> Socket? {
        BIO_get_data(bio).map { Unmanaged<Socket>.fromOpaque($0).takeUnretainedValue() }
    }
}
