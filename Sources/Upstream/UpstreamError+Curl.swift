internal import CCurl
internal import HTTP

extension UpstreamError {
    /// What libcurl says about a connection or transfer that did not succeed.
    ///
    /// - Parameters:
    ///   - code: Its result.
    ///   - handle: Has its reason in words.
    ///   - hasBegun: Whether a response had.
    ///   - connectTimeout: The time that libcurl was given to connect.
    init(_ code: CURLcode, of handle: EasyHandle, hasBegun: Bool = false, _ connectTimeout: Duration) {
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
        case CURLE_PEER_FAILED_VERIFICATION:
            self = .certificate(reason: "\(reason); \(Self.remedy(for: handle.certificateVerdict))")
        case CURLE_SSL_CACERT_BADFILE:
            self = .certificate(reason: "\(reason); ca_file is to name a readable file of PEM certificates")
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ENGINE_INITFAILED:
            self = .tls(reason: reason)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY:  // the former for HTTP/0.9
            self = .malformedResponse(.malformedStatusLine)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            self = hasBegun ? .truncated : .closedBeforeResponse
        case CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND:
            self = .sendFailed(reason: reason)
        default:
            self = .transfer(reason: reason)
        }
    }

    /// What to do about a certificate that was refused: by OpenSSL, or by libcurl for its names alone.
    private static func remedy(for verdict: Int32) -> String {
        switch verdict {
        case X509_V_OK, X509_V_ERR_UNSPECIFIED:
            "name the backend in its base URL as its certificate does, or give it a certificate with this name"
        case X509_V_ERR_CERT_HAS_EXPIRED:
            "renew the backend's certificate"
        case X509_V_ERR_CERT_NOT_YET_VALID:
            "set this machine's clock, or wait for the certificate's first day"
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            "if it is to be trusted, put its authority's certificate into the file that ca_file names"
        default:
            "replace the backend's certificate"
        }
    }
}
