import Domain
import HTTP
import Testing

@Suite struct BodyDecoderTests {
    /// What a decoder makes of pieces: the body, and how many bytes it left alone; or why it refuses.
    private func decode(
        _ pieces: [[UInt8]],
        _ framing: BodyFraming = .chunked,
        bodyBytesMax: Int = 1000,
        overheadBytesMax: Int = 100
    ) -> Result<String, HTTPError> {
        var output: [UInt8] = []
        return Result { () throws(HTTPError) in
            var decoder = try BodyDecoder(framing, bodyBytesMax: bodyBytesMax, overheadBytesMax: overheadBytesMax)
            var rest: [UInt8] = []
            for piece in pieces {
                rest += piece
                let result = rest.withUnsafeBytes { bytes in
                    Result { () throws(HTTPError) in try decoder.decode(bytes, into: &output) }
                }
                rest.removeFirst(try result.get())
            }
            let state = decoder.isComplete ? "complete" : "open"
            return "\(output.text)|\(state)|\(rest.text)"
        }
    }

    private func decode(_ text: String, _ framing: BodyFraming = .chunked) -> Result<String, HTTPError> {
        decode([[UInt8](text)], framing)
    }

    @Test func takesABodyOfKnownLength() {
        #expect(decode("hello!", .length(5)) == .success("hello|complete|!"))
        #expect(decode("hell", .length(5)) == .success("hell|open|"))
        #expect(decode("!", .length(0)) == .success("|complete|!"))
        #expect(decode("!", .none) == .success("|complete|!"))
        #expect(decode("hello", .untilClose) == .success("hello|open|"))
    }

    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\nGET", "hello|complete|GET"), ("0\r\n\r\n", "|complete|"),
        ("00000000000000A\r\n0123456789\r\n0\r\n\r\n", "0123456789|complete|"),
        ("a\r\n0123456789\r\n000\r\n\r\n", "0123456789|complete|"),
        ("1;a=b;c=\"d e\";f\tg\r\nx\r\n0;last\r\n\r\n", "x|complete|"),
        ("1\r\nx\r\n0\r\nA: b\r\nC-D:\r\nE: f\tg\r\n\r\n!", "x|complete|!"),
        ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n|complete|"), ("5\r\nhe", "he|open|"), ("0\r\n", "|open|"),
    ])
    func takesChunks(text: String, result: String) {
        #expect(decode(text) == .success(result))
    }

    @Test(arguments: [
        ("0x5\r\nhello\r\n", HTTPError.invalidChunkSize), ("+5\r\nhello\r\n", .invalidChunkSize),
        ("-5\r\nhello\r\n", .invalidChunkSize), (" 5\r\nhello\r\n", .invalidChunkSize),
        ("5 \r\nhello\r\n", .invalidChunkSize), ("5\t;a\r\nhello\r\n", .invalidChunkSize),
        ("\r\nhello\r\n", .invalidChunkSize), (";a\r\n\r\n", .invalidChunkSize), ("g\r\n", .invalidChunkSize),
        ("5_0\r\n", .invalidChunkSize), ("5\nhello\r\n", .invalidChunkSize), ("5\r\rhello", .invalidChunkSize),
        ("\u{FF15}\r\n", .invalidChunkSize), ("00000000000000005\r\nhello\r\n", .invalidChunkSize),
        ("8000000000000000\r\n", .invalidChunkSize), ("ffffffffffffffff\r\n", .invalidChunkSize),
        ("10000000000000005\r\n", .invalidChunkSize),
        ("7fffffffffffffff\r\n", .bodyTooLarge(bodyBytesMax: 1000)), ("3e9\r\n", .bodyTooLarge(bodyBytesMax: 1000)),
        ("5\r\nhello0\r\n\r\n", .invalidChunkEnd), ("5\r\nhello\n0\r\n\r\n", .invalidChunkEnd),
        ("5\r\nhello\r0\r\n\r\n", .invalidChunkEnd), ("4\r\nhello\r\n", .invalidChunkEnd),
        ("6\r\nhello\r\n0\r\n\r\n", .invalidChunkEnd),
        ("5;a\nhello\r\n", .invalidChunkExtension), ("5;a\u{0}\r\n", .invalidChunkExtension),
        ("5;a\rb\r\n", .invalidChunkSize), ("5;\u{7F}\r\n", .invalidChunkExtension),
        ("0\r\n\n", .invalidTrailer), ("0\r\n\r\r", .invalidTrailer), ("0\r\nA b\r\n\r\n", .invalidTrailer),
        ("0\r\n: b\r\n\r\n", .invalidTrailer), ("0\r\n A: b\r\n\r\n", .invalidTrailer),
        ("0\r\nA: b\n\r\n", .invalidTrailer), ("0\r\nA: \u{0}\r\n\r\n", .invalidTrailer),
        ("0\r\nA: b\rC: d\r\n\r\n", .invalidTrailer), ("0\r\nGET / HTTP/1.1\r\n\r\n", .invalidTrailer),
    ])
    func refusesWhatIsAmbiguous(text: String, error: HTTPError) {
        #expect(decode(text) == .failure(error))
    }

    @Test func limitsAreExact() {
        let body = [[UInt8]("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")]
        #expect(decode(body, bodyBytesMax: 5) == .success("abcde|complete|"))
        #expect(decode(body, bodyBytesMax: 4) == .failure(.bodyTooLarge(bodyBytesMax: 4)))
        #expect(decode([[1, 2]], .untilClose, bodyBytesMax: 1) == .failure(.bodyTooLarge(bodyBytesMax: 1)))
        #expect(decode([], .length(6), bodyBytesMax: 5) == .failure(.bodyTooLarge(bodyBytesMax: 5)))
        #expect(decode([], .length(5), bodyBytesMax: 5) == .success("|open|"))

        // Many small extensions count as one large one.
        let padded = [[UInt8](String(repeating: "1;abc\r\nx\r\n", count: 5) + "0\r\nA:b\r\n\r\n")]
        #expect(decode(padded, overheadBytesMax: 18) == .success("xxxxx|complete|"))
        #expect(decode(padded, overheadBytesMax: 17) == .failure(.chunkOverheadTooLarge(overheadBytesMax: 17)))
    }

    @Test func closingEndsABodyOnlyWhereThatIsItsFraming() throws {
        for framing in [BodyFraming.length(5), .chunked] {
            var decoder = try BodyDecoder(framing, bodyBytesMax: 10, overheadBytesMax: 10)
            #expect(throws: HTTPError.truncated) { try decoder.finishAtClose() }
        }
        for framing in [BodyFraming.none, .length(0), .untilClose] {
            var decoder = try BodyDecoder(framing, bodyBytesMax: 10, overheadBytesMax: 10)
            try decoder.finishAtClose()
            #expect(decoder.isComplete)
        }
    }

    @Test(arguments: 0..<300)
    func readsBackWhatWasWritten(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let body = (0..<generator.int(0..<600)).map { _ in UInt8.random(in: 0x20..<0x7F, using: &generator) }
        var written: [UInt8] = []
        for piece in generator.cuts(of: body) { written.appendChunk(piece[...]) }
        written.appendLastChunk()
        #expect(decode(generator.cuts(of: written)) == .success("\(body.text)|complete|"))
    }

    /// However chunks are cut into reads, valid or not, they hold the same body or the same error.
    @Test(arguments: 0..<400)
    func cutsDoNotMatter(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<generator.int(0..<5) {
            let size = generator.int(1..<30)
            bytes += [UInt8](String(size, radix: 16) + generator.one(of: ["", ";a", ";b=\"c\""]) + "\r\n")
            bytes += (0..<size).map { _ in generator.one(of: [UInt8]("0a\r\n;")) } + [0x0D, 0x0A]
        }
        bytes += [UInt8](generator.one(of: ["0\r\n\r\n", "0\r\nA: b\r\n\r\nnext", "0;x\r\n\r\n"]))
        if seed % 2 == 0 { bytes = generator.mutated(bytes, with: [UInt8]("\r\n;0fF \t:")) }
        let whole = decode([bytes])
        #expect(decode(generator.cuts(of: bytes)) == whole)
        #expect(decode(bytes.map { [$0] }) == whole)
    }
}
