internal import CCurl

extension EasyHandle {
    /// Makes the handle send `request`, but for its body: libcurl asks for that.
    func describe(_ request: UpstreamRequest) {
        set(CURLOPT_URL, request.origin.url + request.path)
        set(CURLOPT_PATH_AS_IS, 1)
        switch request.transport {
        case .http1, .http2:
            set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
            // Whether a connection can be shared is known once it is there; over plain TCP, only after its first answer.
            set(CURLOPT_PIPEWAIT, request.origin.scheme == .https ? 1 : 0)
        case .http2PriorKnowledge:
            set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE))
            // libcurl 7.88 sends nothing on a connection of this kind that it uses again.
            set(CURLOPT_FRESH_CONNECT, 1)
            set(CURLOPT_FORBID_REUSE, 1)
        }
        if request.announcesLength {
            set(CURLOPT_POST, 1)
            set(CURLOPT_POSTFIELDSIZE_LARGE, offset: request.body.count)
        }
        if request.method == .head { set(CURLOPT_NOBODY, 1) }
        set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        for line in request.headerLines.split(separator: 0x0A) {
            addHeaderLine(String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self))
        }
        // A name without a value takes away what libcurl would add, unless a line above has set it.
        for line in ["expect:", "accept:", "content-type:"] { addHeaderLine(line) }
    }
}
