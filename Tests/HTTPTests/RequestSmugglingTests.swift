import HTTP
import Testing

/// A head that some server has read in another way than the one behind it.
struct Attack: Sendable, CustomTestStringConvertible {
    let head: String
    let error: HTTPError

    init(_ head: String, _ error: HTTPError) {
        self.head = head
        self.error = error
    }

    var testDescription: String { head.debugDescription }
}

@Suite struct RequestSmugglingTests {
    @Test(arguments: startLines + lineEnds + names + hosts + lengths + transferCodings)
    func isRefused(attack: Attack) {
        #expect(throws: attack.error) { try parse(attack.head) }
    }

    static let startLines = [
        Attack("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET /\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("G\u{E9}T / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("\u{16}\u{3}\u{1}", .malformedRequestLine),
        Attack("GET / http/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET / HTTP/1,1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET / HTTP/1.10\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET / HTTP/1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET / HTTP/1.2\r\nHost: a\r\n\r\n", .unsupportedVersion),
        Attack("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .unsupportedVersion),
        Attack("GET / HTTP/0.9\r\nHost: a\r\n\r\n", .unsupportedVersion),
        Attack("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", .connectRefused),
        Attack("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET /a%2 HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET /a\u{0}b HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET http:// HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET http://b@a/ HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET http://a:b/ HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET /a[0] HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("GET /?a[]=b HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
        Attack("OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n", .invalidTarget),
    ]

    static let lineEnds = [
        Attack("GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed),
        Attack("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", .bareLineFeed),
        Attack("GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
        Attack("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Attack("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", .controlCharacter),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX: y\rTransfer-Encoding: chunked\r\n\r\n", .controlCharacter),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX: y\u{0}z\r\n\r\n", .controlCharacter),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX: y\u{B}z\r\n\r\n", .controlCharacter),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX: y\u{7F}z\r\n\r\n", .controlCharacter),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", .foldedField),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n", .foldedField),
        Attack("GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", .foldedField),
        Attack("GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n", .foldedField),
    ]

    static let names = [
        Attack("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .invalidFieldName),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 5\r\n\r\n", .invalidFieldName),
        Attack("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", .invalidFieldName),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", .invalidFieldName),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX(Y): b\r\n\r\n", .invalidFieldName),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX\u{E9}: b\r\n\r\n", .invalidFieldName),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nX\u{0}: b\r\n\r\n", .invalidFieldName),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\rX: chunked\r\n\r\n", .invalidFieldName),
    ]

    static let hosts = [
        Attack("GET / HTTP/1.1\r\n\r\n", .missingHost),
        Attack("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
        Attack("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", .repeatedHost),
        Attack("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .invalidHost),
        Attack("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .invalidHost),
        Attack("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", .invalidHost),
        Attack("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", .invalidHost),
        Attack("GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n", .invalidHost),
        Attack("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .invalidHost),
        Attack("GET / HTTP/1.1\r\nHost: []\r\n\r\n", .invalidHost),
        Attack("GET / HTTP/1.1\r\nHost: [::1]a\r\n\r\n", .invalidHost),
        Attack("GET / HTTP/1.1\r\nHost: \u{E9}\r\n\r\n", .invalidHost),
    ]

    static let lengths =
        [
            "5\r\nContent-Length: 5", "5\r\nContent-Length: 6", "6\r\nX: y\r\ncontent-length: 6",
        ].map { Attack("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \($0)\r\n\r\n", .repeatedContentLength) }
        + [
            "", "+5", "-5", "-0", "5 5", "5, 5", "5,", "5;", "0x5", "5e1", "5.0", "\"5\"", "9223372036854775808",
            "18446744073709551617", "99999999999999999999999999", "\u{FF15}", "5_0", "1 ,",
        ].map { Attack("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \($0)\r\n\r\n", .invalidContentLength) }

    static let transferCodings =
        [
            "chunked, chunked", "gzip, chunked", "chunked, identity", "identity", "gzip", "xchunked", "chunkedx",
            "chunked;q=1",
            "\"chunked\"", "chunked,", ",chunked", "", "chun ked", "cow",
        ].map {
            Attack("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \($0)\r\n\r\n", .unsupportedTransferCoding)
        } + [
            Attack(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                .repeatedTransferEncoding
            ),
            Attack(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n\r\n",
                .repeatedTransferEncoding
            ),
            Attack(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
                .lengthWithTransferEncoding
            ),
            Attack(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                .lengthWithTransferEncoding
            ),
            Attack("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingBeforeHTTP11),
            Attack("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\u{B}chunked\r\n\r\n", .controlCharacter),
            Attack("POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", .unknownExpectation),
            Attack("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\n\r\n", .unknownExpectation),
        ]

    /// A control character is refused wherever it stands, whatever stands around it.
    @Test(arguments: (Array(0..<0x20) + [0x7F]).filter { $0 != 0x09 })
    func noControlCharacterPasses(code: Int) {
        let head = [UInt8]("GET /path HTTP/1.1\r\nHost: example\r\nX-Field: a value of some length\r\n\r\n")
        for index in 2..<head.count - 4 {
            var bytes = head
            guard bytes[index] != 0x0D, bytes[index] != 0x0A else { continue }
            bytes[index] = UInt8(code)
            #expect(throws: HTTPError.self, "byte \(index)") { try parse(bytes.text) }
        }
    }

    @Test func everyErrorHasAStatusAndAMessage() {
        for attack in Self.startLines + Self.lineEnds + Self.names + Self.hosts + Self.lengths + Self.transferCodings {
            #expect([400, 417, 501, 505].contains(attack.error.status))
            #expect(!attack.error.message.isEmpty)
        }
        #expect(HTTPError.targetTooLong(headBytesMax: 9).status == 414)
        #expect(HTTPError.headTooLarge(headBytesMax: 9).status == 431)
        #expect(HTTPError.bodyTooLarge(bodyBytesMax: 9).status == 413)
        #expect(HTTPError.bodyTooLarge(bodyBytesMax: 9).message.contains("9"))
    }
}
