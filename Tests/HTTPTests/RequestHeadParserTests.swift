import Domain
import HTTP
import Testing

/// Parses a head that is there as a whole, or fails.
func parse(_ text: String) throws -> RequestHead {
    var head = RequestHead()
    var parser = RequestHeadParser(headBytesMax: 4096, headerCountMax: 20)
    let count = try [UInt8](text).withUnsafeBytes { bytes in try parser.parse(bytes, into: &head) }
    try #require(count == text.utf8.count)
    return head
}

/// What comes of a head: its parts, or why it is refused.
enum Outcome: Equatable {
    case head(String, consumed: Int)
    case needsMore
    case refused(HTTPError)
}

@Suite struct RequestHeadParserTests {
    @Test func readsAllPartsOfARequest() throws {
        let head = try parse(
            "POST /v1/chat/completions?a=b%20c&d HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\n"
                + "content-length:  27 \t\r\nX-Empty:\r\nx-Text: na\u{EF}ve\tand \"quoted\" \r\n\r\n"
        )
        #expect(head.method == .post)
        #expect(head.methodBytes.text == "POST")
        #expect(head.path == "/v1/chat/completions")
        #expect(head.query == "a=b%20c&d")
        #expect(head.minorVersion == 1)
        #expect(head.framing == .length(27))
        #expect(head.keepsAlive)
        #expect(!head.expectsContinue)
        #expect(head.fields.count == 5)
        #expect(head.fields.string("CONTENT-TYPE") == "application/json")
        #expect(head.fields.string("x-empty") == "")
        #expect(head.fields.string("x-text") == "na\u{EF}ve\tand \"quoted\"")
    }

    @Test(arguments: [
        ("GET", Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("PATCH", .patch), ("DELETE", .delete),
        ("OPTIONS", .options), ("get", .other), ("PURGE", .other), ("GETS", .other), ("M-SEARCH", .other),
    ])
    func knowsMethodsByTheirExactSpelling(token: String, method: Method) throws {
        let head = try parse("\(token) / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head.method == method)
        #expect(head.methodBytes.text == token)
    }

    @Test(
        arguments: [
            ("/", "/", nil), ("/a?", "/a", ""), ("/a?b?c", "/a", "b?c"), ("//a/../b", "//a/../b", nil),
            ("http://host", "/", nil), ("HTTP://host:80?q", "/", "q"), ("https://[::1]:8443/a/b?c=d", "/a/b", "c=d"),
        ] as [(String, String, String?)]
    )
    func findsPathAndQueryOfATarget(target: String, path: String, query: String?) throws {
        let head = try parse("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(head.path == path)
        #expect(head.query == query)
        #expect(head.targetBytes.text == target)
    }

    @Test func takesAnAsteriskForOptionsOnly() throws {
        #expect(try parse("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path == "*")
        #expect(throws: HTTPError.invalidTarget) { try parse("GET * HTTP/1.1\r\nHost: a\r\n\r\n") }
    }

    @Test(arguments: [
        ("1.1", "", true), ("1.1", "Connection: close", false), ("1.1", "connection: x, CLOSE , y", false),
        ("1.1", "Connection: closed", true), ("1.1", "Connection: keep-alive\r\nConnection: close", false),
        ("1.0", "", false), ("1.0", "Connection: Keep-Alive", true), ("1.0", "Connection: keep-alive, close", false),
    ])
    func keepsTheConnectionAsVersionAndFieldsSay(version: String, field: String, keepsAlive: Bool) throws {
        let line = field.isEmpty ? "" : field + "\r\n"
        #expect(try parse("GET / HTTP/\(version)\r\nHost: a\r\n\(line)\r\n").keepsAlive == keepsAlive)
    }

    @Test(arguments: [
        ("1.1", "Content-Length: 5", true), ("1.1", "Transfer-Encoding: chunked", true), ("1.1", "X: y", false),
        ("1.1", "Content-Length: 0", false), ("1.0", "Content-Length: 5", false),
    ])
    func expectsContinueOnlyWhereABodyWillWait(version: String, field: String, expects: Bool) throws {
        let head = try parse("POST / HTTP/\(version)\r\nHost: a\r\nExpect: 100-Continue\r\n\(field)\r\n\r\n")
        #expect(head.expectsContinue == expects)
    }

    @Test(arguments: [
        ("X: y", BodyFraming.none), ("Content-Length: 0", .length(0)), ("Content-Length: 007", .length(7)),
        ("Content-Length: 9223372036854775807", .length(.max)), ("Transfer-Encoding: Chunked", .chunked),
    ])
    func framesTheBody(field: String, framing: BodyFraming) throws {
        #expect(try parse("POST / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n").framing == framing)
    }

    @Test func skipsOneEmptyLineBetweenRequestsAndNoMore() throws {
        #expect(try parse("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").path == "/")
        #expect(throws: HTTPError.malformedRequestLine) { try parse("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") }
    }

    @Test func leavesPipelinedRequestsForTheNextCall() throws {
        var parser = RequestHeadParser(headBytesMax: 100, headerCountMax: 5)
        var head = RequestHead()
        var rest = [UInt8]("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HT")[...]
        var paths: [String] = []
        while let count = try rest.withUnsafeBytes({ try parser.parse($0, into: &head) }) {
            paths.append(head.path)
            rest = rest.dropFirst(count)
        }
        #expect(paths == ["/1", "/2"])
        #expect(rest.text == "GET /3 HT")
    }

    @Test func limitsAreExact() throws {
        let head = [UInt8]("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n")
        func parse(bytesMax: Int, countMax: Int) throws -> Int? {
            var parser = RequestHeadParser(headBytesMax: bytesMax, headerCountMax: countMax)
            var parsed = RequestHead()
            return try head.withUnsafeBytes { try parser.parse($0, into: &parsed) }
        }
        #expect(try parse(bytesMax: head.count, countMax: 2) == head.count)
        #expect(throws: HTTPError.headTooLarge(headBytesMax: head.count - 1)) {
            try parse(bytesMax: head.count - 1, countMax: 2)
        }
        #expect(throws: HTTPError.targetTooLong(headBytesMax: 15)) { try parse(bytesMax: 15, countMax: 2) }
        #expect(throws: HTTPError.tooManyFields(headerCountMax: 1)) { try parse(bytesMax: 100, countMax: 1) }
    }

    /// However a head is cut into reads, valid or not, it is read in the same way.
    @Test(arguments: 0..<400)
    func cutsDoNotMatter(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes = RandomRequest(using: &generator).bytes
        if seed % 2 == 0 { bytes = generator.mutated(bytes, with: [UInt8]("\r\n\t :,%\u{0}\u{7F}/*5")) }
        let whole = outcome(of: [bytes])
        #expect(outcome(of: generator.cuts(of: bytes)) == whole)
        #expect(outcome(of: bytes.map { [$0] }) == whole)
    }

    @Test(arguments: 0..<200)
    func readsBackWhatWasWritten(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let request = RandomRequest(using: &generator)
        let head = try parse(request.bytes.text)
        #expect(head.methodBytes.text == request.method)
        #expect(head.targetBytes.text == request.target)
        #expect(head.fields.map(\.name.text) == request.fields.map(\.name))
        #expect(head.fields.map(\.value.text) == request.fields.map(\.value))
    }

    /// Feeds a parser one piece after the other, as a connection does.
    private func outcome(of pieces: [[UInt8]]) -> Outcome {
        var parser = RequestHeadParser(headBytesMax: 700, headerCountMax: 12)
        var head = RequestHead()
        var bytes: [UInt8] = []
        for piece in pieces {
            bytes += piece
            do throws(HTTPError) {
                let result = bytes.withUnsafeBytes { input in
                    Result { () throws(HTTPError) in try parser.parse(input, into: &head) }
                }
                guard let count = try result.get() else { continue }
                let fields = head.fields.map { "\($0.name.text)=\($0.value.text)" }
                return .head("\(head.method) \(head.path) \(head.framing) \(fields)", consumed: count)
            } catch {
                return .refused(error)
            }
        }
        return .needsMore
    }
}

/// A valid request head, drawn at random.
struct RandomRequest {
    let method: String
    let target: String
    let fields: [(name: String, value: String)]
    let bytes: [UInt8]

    init(using generator: inout SeededGenerator) {
        let tokens = [UInt8]("abcXYZ019!#$%&'*+-.^_`|~").map { String(UnicodeScalar($0)) }
        let values = tokens + [",", ";", "=", "/", "\"", "(", "\u{E9}", "\u{6F22}", "x y", "x\ty"]
        let targets = ["a", "B", "7", "-", "%2F", "/", "?", "=", "&", ":", "@", "!", "~"]
        func text(_ parts: [String], _ count: Range<Int>) -> String {
            (0..<generator.int(count)).map { _ in generator.one(of: parts) }.joined()
        }
        method = text(tokens, 1..<9)
        target = "/" + text(targets, 0..<40)
        var fields = [(name: "Host", value: "example.com")]
        for _ in 0..<generator.int(0..<8) {
            fields.append((name: "x-" + text(tokens, 0..<20), value: text(values, 0..<40)))
        }
        self.fields = fields
        let lines = fields.map {
            "\($0.name):\(generator.one(of: ["", " ", "\t "]))\($0.value)\(generator.one(of: ["", " "]))"
        }
        bytes = [UInt8](([("\(method) \(target) HTTP/1.1")] + lines).joined(separator: "\r\n") + "\r\n\r\n")
    }
}
