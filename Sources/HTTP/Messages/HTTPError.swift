/// Why a message is refused; the connection that carried it must be closed, since its framing can't be trusted.
///
/// Parsers never repair a request: what two parties could read in two ways is refused (RFC 9112, §11.2).
public enum HTTPError: Error, Hashable, Sendable {
    /// The start line isn't `method SP target SP HTTP-version CRLF`.
    case malformedRequestLine
    /// `CONNECT`: this is no tunnel.
    case connectRefused
    /// The target isn't a path, an absolute `http` URI or, for `OPTIONS`, an asterisk.
    case invalidTarget
    /// The request line alone is longer than the whole head may be.
    case targetTooLong(headBytesMax: Int)
    /// Another version than HTTP/1.0 and HTTP/1.1.
    case unsupportedVersion
    /// The start line of a response isn't `HTTP-version SP status [SP reason] CRLF`.
    case malformedStatusLine
    /// A response changes the protocol, which no request asked for.
    case protocolSwitched
    /// Start line and fields together are too long.
    case headTooLarge(headBytesMax: Int)
    /// Too many header fields.
    case tooManyFields(headerCountMax: Int)
    /// A line ends in LF without CR.
    case bareLineFeed
    /// A carriage return inside a line, a NUL or another control character.
    case controlCharacter
    /// A field value goes on in the next line (obs-fold).
    case foldedField
    /// A field name is empty, holds another character than a token may, or isn't followed by its colon at once.
    case invalidFieldName
    /// HTTP/1.1 without `Host`.
    case missingHost
    /// More than one `Host`.
    case repeatedHost
    /// `Host` isn't `host [":" port]`.
    case invalidHost
    /// More than one `Content-Length`.
    case repeatedContentLength
    /// `Content-Length` isn't a decimal number, or is beyond 64 bits.
    case invalidContentLength
    /// Both `Content-Length` and `Transfer-Encoding`.
    case lengthWithTransferEncoding
    /// More than one `Transfer-Encoding`.
    case repeatedTransferEncoding
    /// A transfer coding other than `chunked`.
    case unsupportedTransferCoding
    /// `Transfer-Encoding` in HTTP/1.0, which doesn't know it.
    case transferEncodingBeforeHTTP11
    /// `Expect` asks for something else than `100-continue`.
    case unknownExpectation
    /// The body is longer than the limit.
    case bodyTooLarge(bodyBytesMax: Int)
    /// A chunk's size isn't 1 to 16 hexadecimal digits, or overflows.
    case invalidChunkSize
    /// A chunk isn't followed by CRLF.
    case invalidChunkEnd
    /// A chunk extension holds a control character.
    case invalidChunkExtension
    /// A trailer isn't a header field.
    case invalidTrailer
    /// Chunk extensions and trailers together are too long.
    case chunkOverheadTooLarge(overheadBytesMax: Int)
    /// The connection closed before the message's end.
    case truncated

    /// The status code that answers a request which is refused for this: RFC 9110, §15.5 and §15.6.
    ///
    /// A response that is refused makes a gateway answer 502, whatever the reason.
    public var status: Int {
        switch self {
        case .malformedRequestLine, .invalidTarget, .bareLineFeed, .controlCharacter, .foldedField, .invalidFieldName,
            .missingHost, .repeatedHost, .invalidHost, .repeatedContentLength, .invalidContentLength,
            .lengthWithTransferEncoding, .repeatedTransferEncoding, .transferEncodingBeforeHTTP11, .invalidChunkSize,
            .invalidChunkEnd, .invalidChunkExtension, .invalidTrailer, .chunkOverheadTooLarge, .truncated:
            400
        case .bodyTooLarge: 413
        case .targetTooLong: 414
        case .unknownExpectation: 417
        case .headTooLarge, .tooManyFields: 431
        case .connectRefused, .unsupportedTransferCoding: 501
        case .malformedStatusLine, .protocolSwitched: 502
        case .unsupportedVersion: 505
        }
    }

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .malformedRequestLine: "the request line is not 'method target HTTP/1.1'"
        case .connectRefused: "CONNECT is not supported"
        case .invalidTarget: "the request target is not a valid path or http URI"
        case .targetTooLong(let headBytesMax): "the request line is longer than \(headBytesMax) bytes"
        case .unsupportedVersion: "only HTTP/1.0 and HTTP/1.1 are supported"
        case .malformedStatusLine: "the status line is not 'HTTP/1.1 status reason'"
        case .protocolSwitched: "the server switched to another protocol"
        case .headTooLarge(let headBytesMax): "the header section is longer than \(headBytesMax) bytes"
        case .tooManyFields(let headerCountMax): "there are more than \(headerCountMax) header fields"
        case .bareLineFeed: "a line ends in LF without CR"
        case .controlCharacter: "there is a control character in the header section"
        case .foldedField: "a header field is folded over two lines"
        case .invalidFieldName: "a header field's name is not a token followed by a colon"
        case .missingHost: "the Host header field is missing"
        case .repeatedHost: "there is more than one Host header field"
        case .invalidHost: "the Host header field is not a host with an optional port"
        case .repeatedContentLength: "there is more than one Content-Length header field"
        case .invalidContentLength: "the Content-Length header field is not a valid decimal number"
        case .lengthWithTransferEncoding: "both Content-Length and Transfer-Encoding are present"
        case .repeatedTransferEncoding: "there is more than one Transfer-Encoding header field"
        case .unsupportedTransferCoding: "chunked is the only supported transfer coding"
        case .transferEncodingBeforeHTTP11: "Transfer-Encoding needs HTTP/1.1"
        case .unknownExpectation: "the only supported expectation is 100-continue"
        case .bodyTooLarge(let bodyBytesMax): "the body is longer than \(bodyBytesMax) bytes"
        case .invalidChunkSize: "a chunk's size is not 1 to 16 hexadecimal digits"
        case .invalidChunkEnd: "a chunk is not followed by CRLF"
        case .invalidChunkExtension: "there is a control character in a chunk extension"
        case .invalidTrailer: "a trailer is not a valid header field"
        case .chunkOverheadTooLarge(let overheadBytesMax):
            "chunk extensions and trailers are longer than \(overheadBytesMax) bytes"
        case .truncated: "the connection closed before the message's end"
        }
    }
}
