internal import CCurl
internal import Domain
internal import Reactor

/// Opens connections through libcurl: name, TCP, proxy, TLS and ALPN, none of it blocking the loop.
struct Connector {
    let multi: MultiHandle
    let settings: UpstreamSettings

    /// Opens a connection to `origin` that speaks HTTP/1.1; the caller holds a slot of `pool`.
    func connect(
        to origin: Origin,
        in pool: ConnectionPool,
        timeout: Duration,
        deadline: Instant
    ) async throws(UpstreamError) -> Connection {
        let handle = handle(for: origin, connectTimeout: timeout)
        handle.set(CURLOPT_URL, origin.url)
        handle.set(CURLOPT_CONNECT_ONLY, 1)
        handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))

        let waiter = Waiter(on: multi.loop)
        var result: CURLcode?
        handle.start { code in
            result = code
            waiter.end(.ready)
        }
        // An address that refuses at once has been found out by now.
        let reason = result == nil ? await waiter.wait(until: deadline) : .ready
        guard reason == .ready, let result else {
            handle.close()
            throw reason == .timedOut ? .connectTimedOut(after: timeout) : .cancelled
        }
        guard result == CURLE_OK else {
            defer { handle.close() }
            throw UpstreamError(result, of: handle, timeout)
        }
        return try Connection(
            handle,
            isEncrypted: origin.scheme == .https,
            in: pool,
            bytesPerTurnMax: settings.bytesPerTurnMax
        )
    }

    /// A handle with what all uses of libcurl have in common.
    func handle(for origin: Origin, connectTimeout: Duration) -> EasyHandle {
        let handle = EasyHandle(in: multi, egress: settings.proxy == nil ? settings.egress : .any)
        handle.set(CURLOPT_NOSIGNAL, 1)
        // Ending a transfer would otherwise wait for the thread that resolves its name.
        handle.set(CURLOPT_QUICK_EXIT, 1)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        handle.set(CURLOPT_TCP_NODELAY, 1)
        handle.set(CURLOPT_TCP_KEEPALIVE, 1)
        handle.set(CURLOPT_DNS_CACHE_TIMEOUT, Int(clamping: settings.dnsCache.components.seconds))
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: max(connectTimeout.nanoseconds / 1_000_000, 1)))
        // Empty rather than unset: unset means the environment's.
        handle.set(CURLOPT_PROXY, settings.proxy ?? "")
        handle.set(CURLOPT_NOPROXY, "")
        if settings.proxy != nil {
            handle.set(CURLOPT_HTTPPROXYTUNNEL, 1)
            handle.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        }
        if origin.scheme == .https { secure(handle) }
        return handle
    }

    private func secure(_ handle: EasyHandle) {
        handle.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        handle.set(CURLOPT_SSL_VERIFYPEER, settings.verifiesCertificates ? 1 : 0)
        handle.set(CURLOPT_SSL_VERIFYHOST, settings.verifiesCertificates ? 2 : 0)
        if let caFile = settings.caFile { handle.set(CURLOPT_CAINFO, caFile) }
        // With a directory of certificates set, libcurl would parse the whole file anew for each connection (10 ms of
        // the loop's time) rather than keep it.
        handle.set(CURLOPT_CAPATH, nil)
    }
}
