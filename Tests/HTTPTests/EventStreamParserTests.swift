import Domain
import HTTP
import Testing

@Suite struct EventStreamParserTests {
    /// What comes of a stream: each event on a line, and what is left.
    private func events(in pieces: [[UInt8]], eventBytesMax: Int = 1000) throws -> [String] {
        var parser = EventStreamParser(eventBytesMax: eventBytesMax)
        var events: [String] = []
        for piece in pieces {
            parser.append(piece[...])
            while let event = try parser.next() {
                let name = event.name.map(\.text) ?? "-"
                events.append("\(event.isComment ? "#" : "")\(name)|\(event.data.text)|\(event.raw.text)")
            }
        }
        if parser.hasPartial { events.append("left \(parser.partial.text)") }
        return events
    }

    /// Name and data of what clients see.
    private func dispatched(_ text: String) throws -> [String] {
        try events(in: [[UInt8](text)]).filter { !$0.hasPrefix("#") && !$0.hasPrefix("left") }.map { event in
            event.split(separator: "|", omittingEmptySubsequences: false).prefix(2).joined(separator: "|")
        }
    }

    /// The examples of the standard's §9.2.6 and the web platform tests' format-*.any.js, but for ids and retries.
    @Test(
        arguments: [
            ("data: YHOO\ndata: +2\ndata: 10\n\n", ["-|YHOO\n+2\n10"]),
            (
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
                ["-|first event", "-|second event", "-| third event"]
            ),
            ("data\n\ndata\ndata\n\ndata:", ["-|", "-|\n"]),
            ("data:test\n\ndata: test\n\n", ["-|test", "-|test"]),
            ("\u{FEFF}data:1\n\n\u{FEFF}data:2\n\ndata:3\n\n", ["-|1", "-|3"]),
            ("\u{FEFF}\u{FEFF}data:1\n\ndata:2\n\ndata:3\n\n", ["-|2", "-|3"]),
            ("\u{FEFF}\ndata:1\n\n", ["-|1"]),
            ("data:1\r:\ndata:2\n\n", ["-|1\n2"]), (":\n\n:\r\r:\r\n\r\n", []),
            ("data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\n\n", ["-|test\n"]),
            ("data:test\r\ndata\ndata:test\r\n\r\n", ["-|test\n\ntest"]),
            ("data:\r\r", ["-|"]), ("data: x\ndata", []), ("Data: x\n\n", []), (" data: x\n\n", []),
            ("data\u{0}: x\n\n", []), ("data: \u{0}\n\n", ["-|\u{0}"]), ("data : x\n\n", []),
            ("event: a\ndata: x\n\ndata: y\n\n", ["a|x", "-|y"]), ("event: a\nevent: b\ndata: x\n\n", ["b|x"]),
            ("event: a\nevent\ndata: x\n\n", ["-|x"]), ("event: ping\n\n", []), ("retry: 1\nid: 2\n\n", []),
            ("data: a:b\n\n", ["-|a:b"]), ("data: [DONE]\n\n", ["-|[DONE]"]), ("\n\n\ndata: x\n\n", ["-|x"]),
        ] as [(String, [String])]
    )
    func readsStreamsByTheStandard(text: String, expected: [String]) throws {
        #expect(try dispatched(text) == expected)
    }

    /// The three ends of lines mean the same, and CRLF is one end.
    @Test(arguments: ["\n", "\r", "\r\n"])
    func linesEndInThreeWays(end: String) throws {
        let text = [": hi", "", "event: a", "data: x", "data: y", "", "data: z", "", ""].joined(separator: end)
        #expect(try dispatched(text) == ["a|x\ny", "-|z"])
        #expect(try events(in: [[UInt8](text)]).count == 3)
    }

    @Test func handsOutAnEventWithItsLastByte() throws {
        for end in ["\n\n", "\r\r", "\r\n\r\n"] {
            var parser = EventStreamParser(eventBytesMax: 100)
            for byte in [UInt8]("data: x" + end).dropLast() {
                parser.append([byte])
                #expect(try parser.next() == nil)
                #expect(parser.hasPartial)
            }
            parser.append([end.utf8.last ?? 0])
            #expect(try parser.next()?.data.text == "x")
            #expect(!parser.hasPartial)
        }
    }

    @Test func limitsAreExact() throws {
        let event = [UInt8]("data: 0123456789\n\n")
        #expect(try events(in: [event, event], eventBytesMax: event.count).count == 2)
        let tooLarge = EventStreamError.eventTooLarge(eventBytesMax: event.count - 1)
        #expect(throws: tooLarge) { try events(in: [event], eventBytesMax: event.count - 1) }
        #expect(throws: tooLarge) {
            try events(in: [[UInt8](repeating: 0x61, count: 18)], eventBytesMax: event.count - 1)
        }
    }

    @Test func anEventOutlivesTheBuffer() throws {
        var parser = EventStreamParser(eventBytesMax: 100)
        parser.append([UInt8]("data: first\n\ndata: sec")[...])
        let first = try #require(try parser.next())
        parser.append([UInt8]("ond\n\n")[...])
        let second = try #require(try parser.next())
        parser.append([UInt8]("data: third\n\n")[...])
        #expect(first.data.text == "first" && second.data.text == "second")
        #expect(first.raw.text == "data: first\n\n" && second.raw.text == "data: second\n\n")
    }

    /// However a stream is cut into reads, it holds the same events, and they are all of its bytes.
    @Test(arguments: 0..<500)
    func cutsDoNotMatter(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let body = randomBody(using: &generator)
        let whole = try events(in: [body])
        #expect(try events(in: generator.cuts(of: body)) == whole)
        #expect(try events(in: body.map { [$0] }) == whole)
        #expect(try dispatched(body.text) == reference(body))

        var parser = EventStreamParser(eventBytesMax: 1000)
        parser.append(body[...])
        var raw: [UInt8] = []
        while let event = try parser.next() { raw += event.raw }
        #expect(raw + parser.partial == body)
    }

    /// Fields and line ends are drawn apart, so that each kind of end follows each kind of line.
    private func randomBody(using generator: inout SeededGenerator) -> [UInt8] {
        let fields = [
            "data: x", "data:y", "data", ": comment", "id: 7", "event: e", "event", "", "",
            "data: a longer line, for once",
        ]
        let ends = ["\n", "\r", "\r\n"]
        let usual = generator.one(of: ends)
        let body = (0..<25).reduce(into: generator.int(0..<5) == 0 ? "\u{FEFF}" : "") { body, _ in
            body += generator.one(of: fields)
            body += generator.int(0..<3) == 0 ? generator.one(of: ends) : usual
        }
        // Of a CR at the very end nobody can tell what it is; the parser waits for the next byte.
        return [UInt8](body + ":")
    }

    /// The standard's algorithm, line by line and slowly.
    private func reference(_ body: [UInt8]) -> [String] {
        var text = String(body.text.unicodeScalars.map(Character.init))
        if text.first == "\u{FEFF}" { text.removeFirst() }
        let scalars = Array(text.unicodeScalars)
        var lines: [String] = []
        var line = ""
        var index = 0
        while index < scalars.count {
            if scalars[index] == "\r" || scalars[index] == "\n" {
                lines.append(line)
                line = ""
                if scalars[index] == "\r", index + 1 < scalars.count, scalars[index + 1] == "\n" { index += 1 }
            } else {
                line.unicodeScalars.append(scalars[index])
            }
            index += 1
        }
        var events: [String] = []
        var data: [String] = []
        var name = "-"
        for line in lines {
            if line.isEmpty {
                if !data.isEmpty { events.append("\(name)|\(data.joined(separator: "\n"))") }
                data = []
                name = "-"
            }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            var value = parts.count > 1 ? String(parts[1]) : ""
            if value.hasPrefix(" ") { value.removeFirst() }
            if parts.first == "data" { data.append(value) }
            if parts.first == "event" { name = value.isEmpty ? "-" : value }
        }
        return events
    }
}
