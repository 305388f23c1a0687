import Domain
import HTTP
import Testing

@Suite struct ResponseHeadParserTests {
    private func parse(_ text: String, toHead: Bool = false) throws -> ResponseHead {
        var head = ResponseHead()
        var parser = ResponseHeadParser(headBytesMax: 4096, headerCountMax: 20)
        let count = try [UInt8](text).withUnsafeBytes { bytes in try parser.parse(bytes, toHead: toHead, into: &head) }
        try #require(count == text.utf8.count)
        return head
    }

    @Test func readsAllPartsOfAResponse() throws {
        let head = try parse("HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\nX-A: b\r\n\r\n")
        #expect(head.status == 404)
        #expect(head.reasonBytes.text == "Not Found")
        #expect(head.framing == .length(12))
        #expect(head.keepsAlive && !head.isInformational)
        #expect(head.fields.string("x-a") == "b")
    }

    @Test(arguments: ["HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200\r\nA: b\r\n\r\n"])
    func needsNoReason(text: String) throws {
        #expect(try parse(text).status == 200)
        #expect(try parse(text).reasonBytes.isEmpty)
    }

    @Test(arguments: [
        ("200 OK\r\nContent-Length: 5", false, BodyFraming.length(5)),
        ("200 OK\r\nContent-Length: 5\r\nContent-Length: 5", false, .length(5)),
        ("200 OK\r\nTransfer-Encoding: chunked", false, .chunked),
        ("200 OK", false, .untilClose),
        ("200 OK\r\nContent-Length: 5", true, .none),
        ("200 OK\r\nTransfer-Encoding: chunked", true, .none),
        ("204 No Content\r\nContent-Length: 5", false, .none),
        ("304 Not Modified\r\nContent-Length: 5", false, .none),
        ("100 Continue", false, .none),
        ("103 Early Hints\r\nLink: a", false, .none),
    ])
    func framesTheBodyByMethodStatusAndFields(rest: String, toHead: Bool, framing: BodyFraming) throws {
        let head = try parse("HTTP/1.1 \(rest)\r\n\r\n", toHead: toHead)
        #expect(head.framing == framing)
        #expect(head.isInformational == rest.hasPrefix("1"))
    }

    @Test(arguments: [
        ("1.1 200 OK\r\nContent-Length: 0", true), ("1.1 200 OK\r\nContent-Length: 0\r\nConnection: close", false),
        ("1.1 200 OK", false), ("1.0 200 OK\r\nContent-Length: 0", false),
        ("1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive", true),
    ])
    func keepsTheConnectionOnlyIfTheBodyHasAnEnd(rest: String, keepsAlive: Bool) throws {
        #expect(try parse("HTTP/\(rest)\r\n\r\n").keepsAlive == keepsAlive)
    }

    @Test func joinsFoldedFields() throws {
        let head = try parse("HTTP/1.1 200 OK\r\nX-A: b\r\n  c\r\n\td\r\nX-E: f\r\nContent-Length:\r\n 3\r\n\r\n")
        #expect(head.fields.string("x-a") == "b    c  \td")
        #expect(head.fields.string("x-e") == "f")
        #expect(head.framing == .length(3))
    }

    @Test(arguments: [
        ("HTTP/1.1 20 OK\r\n\r\n", HTTPError.malformedStatusLine), ("HTTP/1.1 2000 OK\r\n\r\n", .malformedStatusLine),
        ("HTTP/1.1 099 OK\r\n\r\n", .malformedStatusLine), ("HTTP/1.1  200 OK\r\n\r\n", .malformedStatusLine),
        ("HTP/1.1 200 OK\r\n\r\n", .malformedStatusLine), ("SSH-2.0-x\r\n", .malformedStatusLine),
        ("HTTP/1.1\r\n\r\n", .malformedStatusLine), ("HTTP/2.0 200 OK\r\n\r\n", .unsupportedVersion),
        ("HTTP/1.1 200 O\u{0}K\r\n\r\n", .controlCharacter), ("HTTP/1.1 200 O\rK\r\n\r\n", .controlCharacter),
        ("HTTP/1.1 200 OK\nA: b\n\n", .bareLineFeed), ("HTTP/1.1 101 Switching\r\n\r\n", .protocolSwitched),
        ("HTTP/1.1 200 OK\r\n A: b\r\n\r\n", .foldedField), ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", .invalidFieldName),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", .repeatedContentLength),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthWithTransferEncoding),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unsupportedTransferCoding),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingBeforeHTTP11),
    ])
    func refusesWhatIsAmbiguous(text: String, error: HTTPError) {
        #expect(throws: error) { try parse(text) }
    }

    @Test(arguments: 0..<200)
    func cutsDoNotMatter(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let request = RandomRequest(using: &generator)
        let lines = request.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\r\n")
        var bytes = [UInt8]("HTTP/1.1 200 Fine\r\n\(lines)\r\nContent-Length: 7\r\n\r\n")
        if seed % 2 == 0 { bytes = generator.mutated(bytes, with: [UInt8]("\r\n\t :7")) }
        func outcome(of pieces: [[UInt8]]) -> String {
            var parser = ResponseHeadParser(headBytesMax: 700, headerCountMax: 12)
            var head = ResponseHead()
            var bytes: [UInt8] = []
            for piece in pieces {
                bytes += piece
                do {
                    let count = try bytes.withUnsafeBytes { try parser.parse($0, toHead: false, into: &head) }
                    guard let count else { continue }
                    return "\(count) \(head.status) \(head.fields.map { "\($0.name.text)=\($0.value.text)" })"
                } catch {
                    return "\(error)"
                }
            }
            return "needs more"
        }
        let whole = outcome(of: [bytes])
        #expect(outcome(of: generator.cuts(of: bytes)) == whole)
        #expect(outcome(of: bytes.map { [$0] }) == whole)
    }
}
