internal import CCurl
internal import HTTP

extension UpstreamError {
    /// What libcurl says about a connection or transfer that did not succeed.
    ///
    /// - Parameters:
    ///   - code: Its result.
    ///   - handle: Has its reason in words.
    ///   - isHeadComplete: Whether a response had begun.
    ///   - connectTimeout: The time that libcurl was given to connect.
    init(_ code: CURLcode, of handle: EasyHandle, isHeadComplete: Bool = false, _ connectTimeout: Duration) {
        let reason = handle.reason
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self = .dns(reason: reason)
        case CURLE_COULDNT_CONNECT:
            self = handle.blockedAddress.map { .blockedAddress($0) } ?? .connectRefused(reason: reason)
        case CURLE_PROXY, CURLE_URL_MALFORMAT:
            self = .connectRefused(reason: reason)
        case CURLE_OPERATION_TIMEDOUT:
            self = .connectTimedOut(after: connectTimeout)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            self = .certificate(reason: reason)
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ENGINE_INITFAILED:
            self = .tls(reason: reason)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:  // the former for HTTP/0.9
            self = .malformedResponse(.malformedStatusLine)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            self = isHeadComplete ? .truncated : .closedBeforeResponse
        case CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND:
            self = .sendFailed(reason: reason)
        default:
            self = .transfer(reason: reason)
        }
    }
}
