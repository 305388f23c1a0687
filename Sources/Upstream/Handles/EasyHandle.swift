internal import CCurl
internal import Glibc
internal import Reactor

/// One libcurl easy handle, in its loop's multi handle from ``start(_:)`` until ``close()``.
///
/// Loop-confined, and never closed from inside one of libcurl's callbacks: those only store and wake.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    let multi: MultiHandle
    /// Which addresses ``openSocket(_:)`` may connect to.
    private let egress: EgressPolicy
    /// The last address that the policy refused.
    private(set) var blockedAddress: String?
    /// What to do once the transfer, or the connection, is done.
    private var finished: ((CURLcode) -> Void)?
    private var isOpen = true
    private var isAdded = false
    private let reasonBuffer: UnsafeMutablePointer<CChar>
    private var headerLines: UnsafeMutablePointer<curl_slist>?

    init(in multi: MultiHandle, egress: EgressPolicy) {
        guard let pointer = curl_easy_init() else { preconditionFailure("libcurl is out of memory") }
        self.pointer = pointer
        self.multi = multi
        self.egress = egress
        reasonBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        reasonBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_ERRORBUFFER, pointer: reasonBuffer)
        set(CURLOPT_PRIVATE, pointer: Unmanaged.passUnretained(self).toOpaque())
        openSockets()
    }

    deinit {
        close()
        reasonBuffer.deallocate()
    }

    // MARK: Options

    /// Sets an option; one that this libcurl does not know is a fault of the build, not of the outside.
    func set(_ option: CURLoption, _ value: Int) { Self.check(cc_set_long(pointer, option, value)) }
    func set(_ option: CURLoption, offset value: Int) { Self.check(cc_set_offset(pointer, option, curl_off_t(value))) }
    func set(_ option: CURLoption, _ value: String?) { Self.check(cc_set_string(pointer, option, value)) }
    func set(_ option: CURLoption, pointer value: UnsafeRawPointer?) {
        Self.check(cc_set_pointer(pointer, option, value))
    }
    func set(_ option: CURLoption, writer: curl_write_callback) { Self.check(cc_set_writer(pointer, option, writer)) }

    /// Is called to start the request's body anew.
    func onSeek(_ context: UnsafeMutableRawPointer, _ callback: curl_seek_callback) {
        Self.check(cc_set_seeker(pointer, callback, context))
    }

    /// Is called whenever a connection is there and the request is about to go out.
    func onConnected(_ context: UnsafeMutableRawPointer, _ callback: curl_prereq_callback) {
        Self.check(cc_set_starter(pointer, callback, context))
    }

    /// Adds a header line; libcurl reads the list until the handle is closed.
    func addHeaderLine(_ line: String) { headerLines = curl_slist_append(headerLines, line) ?? headerLines }

    private static func check(_ code: CURLcode) {
        precondition(code == CURLE_OK, "libcurl refuses an option that this build needs")
    }

    // MARK: Life

    /// Gives the handle to libcurl; `finished` is called once, from the loop, unless ``close()`` comes first.
    func start(_ finished: @escaping (CURLcode) -> Void) {
        self.finished = finished
        if let headerLines { set(CURLOPT_HTTPHEADER, pointer: headerLines) }
        isAdded = true
        multi.add(self)
    }

    /// The transfer is done.
    func finish(_ code: CURLcode) {
        let finished = finished
        self.finished = nil
        finished?(code)
    }

    /// Ends whatever goes on, and closes a connection that only this handle uses.
    func close() {
        guard isOpen else { return }
        isOpen = false
        if isAdded { multi.remove(self, isCut: finished != nil) }
        finished = nil
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headerLines)
    }

    /// The handle behind one of libcurl's pointers.
    static func of(_ pointer: UnsafeMutableRawPointer) -> EasyHandle? {
        var context: UnsafeMutableRawPointer?
        guard cc_get_pointer(pointer, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
        return Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
    }

    // MARK: Results

    /// What libcurl says went wrong, in its words.
    var reason: String { String(cString: reasonBuffer) }

    /// The descriptor of a connection that was opened with `CURLOPT_CONNECT_ONLY`.
    var socket: Int32? {
        var descriptor = CURL_SOCKET_BAD
        guard cc_get_socket(pointer, CURLINFO_ACTIVESOCKET, &descriptor) == CURLE_OK else { return nil }
        return descriptor == CURL_SOCKET_BAD ? nil : descriptor
    }

    /// Whether libcurl did not have to connect for this handle.
    var isOnReusedConnection: Bool { number(CURLINFO_NUM_CONNECTS) == 0 }

    /// Whether the handle's connection is one over TLS that speaks HTTP/2.
    var isOnSecureHTTP2: Bool { cc_tls_is_http2(pointer) != 0 }

    /// Why OpenSSL does not trust the peer's certificate: one of `X509_V_…`.
    var certificateVerdict: Int32 { Int32(truncatingIfNeeded: number(CURLINFO_SSL_VERIFYRESULT)) }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        cc_get_long(pointer, info, &value)
        return value
    }

    // MARK: Sockets

    /// Makes libcurl ask before it connects to an address, and tell before it closes a socket.
    private func openSockets() {
        Self.check(
            cc_set_opener(
                pointer,
                { context, _, address in
                    guard let context, let address else { return CURL_SOCKET_BAD }
                    return Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue().openSocket(address)
                },
                Unmanaged.passUnretained(self).toOpaque()
            )
        )
        // A connection in libcurl's cache outlives the handle that opened it, so here the context is the multi handle.
        Self.check(
            cc_set_closer(
                pointer,
                { context, descriptor in
                    guard let context else { return Glibc.close(descriptor) }
                    return Unmanaged<MultiHandle>.fromOpaque(context).takeUnretainedValue().closeSocket(descriptor)
                },
                Unmanaged.passUnretained(multi).toOpaque()
            )
        )
    }

    /// Opens a socket for an address that a name resolved to, if the policy lets it.
    private func openSocket(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        let peer = withUnsafeBytes(of: &address.pointee.addr) { header in
            // libcurl's struct is longer than its last field's type: addrlen bytes are there.
            IPAddress(UnsafeRawBufferPointer(start: header.baseAddress, count: Int(address.pointee.addrlen)))
        }
        guard let peer, egress.allows(peer) else {
            blockedAddress = peer?.description ?? "an address that is neither IPv4 nor IPv6"
            return CURL_SOCKET_BAD
        }
        let type = address.pointee.socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = Glibc.socket(address.pointee.family, type, address.pointee.protocol)
        if descriptor >= 0 { multi.socketOpened(descriptor) }
        return descriptor
    }
}
