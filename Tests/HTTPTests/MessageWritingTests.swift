import HTTP
import Testing

@Suite struct MessageWritingTests {
    @Test func writesAResponse() {
        var bytes: [UInt8] = []
        bytes.appendStatusLine(429)
        bytes.appendField("content-type", "application/json")
        bytes.appendField("content-length", 42)
        bytes.appendField("x-request-id", text: "abc")
        bytes.appendField("x-upstream", [UInt8]("raw")[...])
        bytes.appendHeadEnd()
        #expect(
            bytes.text == "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\ncontent-length: 42\r\n"
                + "x-request-id: abc\r\nx-upstream: raw\r\n\r\n"
        )
    }

    @Test(arguments: 90..<1010)
    func everyStatusLineIsValid(status: Int) throws {
        var bytes: [UInt8] = []
        bytes.appendStatusLine(status)
        bytes.appendHeadEnd()
        var head = ResponseHead()
        var parser = ResponseHeadParser(headBytesMax: 100, headerCountMax: 1)
        guard status != 101 else { return }
        #expect(try bytes.withUnsafeBytes { try parser.parse($0, toHead: false, into: &head) } == bytes.count)
        #expect(head.status == min(max(status, 100), 999))
    }

    @Test func letsNoValueEndALine() {
        var bytes: [UInt8] = []
        bytes.appendField("a", text: "x\r\nSet-Cookie: y\u{0}\u{7F}\tz")
        bytes.appendField("b", [UInt8]("\n\r")[...])
        #expect(bytes.text == "a: x  Set-Cookie: y  \tz\r\nb:   \r\n")
    }

    /// Wherever a control character stands in a value of any length, it is found.
    @Test(arguments: 1..<70)
    func findsControlCharactersAtEveryPlace(length: Int) {
        for index in 0..<length {
            for code: UInt8 in [0x00, 0x0A, 0x0D, 0x1F, 0x7F] {
                var value = [UInt8](repeating: 0x80 &+ UInt8(length), count: length)
                value[index] = code
                var bytes: [UInt8] = []
                bytes.appendField("a", value[...])
                value[index] = 0x20
                #expect(bytes == [UInt8]("a: ") + value + [0x0D, 0x0A])
            }
        }
    }

    @Test func escapesWhatDoesNotBelongIntoATarget() {
        var bytes: [UInt8] = []
        bytes.appendRequestLine("POST", target: "/a b\r\nHost: c\u{E9}%20?d=e#f[\u{0}]")
        #expect(bytes.text == "POST /a%20b%0d%0aHost:%20c%c3%a9%20?d=e%23f%5b%00%5d HTTP/1.1\r\n")
    }

    @Test(arguments: [0, 7, 10, 99, 1_234_567_890, Int.max, -1, -10, Int.min])
    func writesIntegers(number: Int) {
        var bytes: [UInt8] = []
        bytes.appendDecimal(number)
        #expect(bytes.text == String(number))
        bytes.removeAll()
        bytes.appendHexadecimal(UInt64(bitPattern: Int64(number)))
        #expect(bytes.text == String(UInt(bitPattern: number), radix: 16))
    }

    @Test func anEmptyChunkDoesNotEndTheBody() {
        var bytes: [UInt8] = []
        bytes.appendChunk([])
        #expect(bytes.isEmpty)
        bytes.appendChunk([UInt8](repeating: 0x61, count: 16)[...])
        bytes.appendLastChunk()
        #expect(bytes.text == "10\r\naaaaaaaaaaaaaaaa\r\n0\r\n\r\n")
    }
}
