import Domain
import Foundation
import HTTP
import Testing

/// Reads a text, and gives its keys with the text of their values.
func members(_ text: [UInt8], depthMax: Int = 64) throws(JSONError) -> [String] {
    let document = try JSONDocument(parsing: text, depthMax: depthMax)
    var members: [String] = []
    for member in document.members {
        let key = try document.string(of: member.key) ?? "?"
        members.append("\(key)=\(document.rawBytes(of: member.value).text)")
    }
    return members
}

@Suite struct JSONConformanceTests {
    @Test(arguments: [
        "{}", " \t\r\n{ \t\r\n} \t\r\n", "{\"\":0}", "{\"a\":1,\"b\":2}", "{ \"a\" : 1 , \"b\" : [ ] }",
        "{\"a\":[[],{},[{}],{\"b\":[]}]}", "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83d\\ude00\"}",
        "{\"a\":\"\u{E9}\u{6F22}\u{1F600}\u{7F}\u{FFFF}\u{10FFFF}\"}",
        "{\"a\":0,\"b\":-0,\"c\":10,\"d\":-1.5,\"e\":0.0}",
        "{\"a\":1e5,\"b\":1E+5,\"c\":1.5e-07,\"d\":-0e0,\"e\":1e999}", "{\"a\":true,\"b\":false,\"c\":null}",
        "{\"a\":123456789012345678901234567890}", "{\"a\":\"\\u0000\",\"b\":\"\\ud800\"}", "{\"a\":{\"b\":1,\"b\":2}}",
        "{\"a\":\"" + String(repeating: "x", count: 100) + "\"}", "{\"A\":1,\"a\":2,\"a \":3}",
    ])
    func takesWhatTheGrammarAllows(text: String) throws {
        _ = try members([UInt8](text))
    }

    @Test(
        arguments: [
            ("", JSONError.Reason.unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[]", .notAnObject, 0),
            ("1", .notAnObject, 0),
            (" \"a\"", .notAnObject, 1), ("\u{FEFF}{}", .notAnObject, 0), ("{", .unexpectedEnd, 1),
            ("{\"a\"", .unexpectedEnd, 4), ("{\"a\":", .unexpectedEnd, 5), ("{\"a\":1", .unexpectedEnd, 6),
            ("{\"a\":1,", .unexpectedEnd, 7), ("{\"a\":[1", .unexpectedEnd, 7), ("{\"a\":[1,", .unexpectedEnd, 8),
            ("{\"a\":{\"b\"", .unexpectedEnd, 9), ("{\"a", .unexpectedEnd, 3), ("{\"a\\", .unexpectedEnd, 4),
            ("{\"a\\u00", .unexpectedEnd, 7), ("{}{}", .trailingBytes, 2), ("{}\u{0}", .trailingBytes, 2),
            ("{} // x", .trailingBytes, 3), ("{},", .trailingBytes, 2), ("{}}", .trailingBytes, 2),
            ("{a:1}", .unexpectedByte, 1), ("{'a':1}", .unexpectedByte, 1), ("{1:1}", .unexpectedByte, 1),
            ("{,}", .unexpectedByte, 1), ("{\"a\":1,}", .unexpectedByte, 7), ("{\"a\":1,,\"b\":2}", .unexpectedByte, 7),
            ("{\"a\" 1}", .unexpectedByte, 5), ("{\"a\":1 \"b\":2}", .unexpectedByte, 7),
            ("{\"a\"::1}", .unexpectedByte, 5),
            ("{\"a\":[1,]}", .unexpectedByte, 8), ("{\"a\":[,1]}", .unexpectedByte, 6),
            ("{\"a\":[1 2]}", .unexpectedByte, 8),
            ("{\"a\":[1}}", .unexpectedByte, 7), ("{\"a\":{\"b\":1]}", .unexpectedByte, 11),
            ("{\"a\":1]", .unexpectedByte, 6),
            ("{\"a\":{]}", .unexpectedByte, 6), ("{\"a\":[}]}", .unexpectedByte, 6),
            ("{\"a\":{1}}", .unexpectedByte, 6),
            ("{\"a\":[\"b\":1]}", .unexpectedByte, 9), ("{\"a\":{\"b\",1}}", .unexpectedByte, 9),
            ("{\"a\":+1}", .unexpectedByte, 5), ("{\"a\":.5}", .unexpectedByte, 5), ("{\"a\":NaN}", .unexpectedByte, 5),
            ("{\"a\":Infinity}", .unexpectedByte, 5), ("{\"a\":-}", .invalidNumber, 5),
            ("{\"a\":01}", .invalidNumber, 5),
            ("{\"a\":-01}", .invalidNumber, 5), ("{\"a\":1.}", .invalidNumber, 5), ("{\"a\":1.e5}", .invalidNumber, 5),
            ("{\"a\":1e}", .invalidNumber, 5), ("{\"a\":1e+}", .invalidNumber, 5), ("{\"a\":-a}", .invalidNumber, 5),
            ("{\"a\":0x10}", .unexpectedByte, 6), ("{\"a\":1_000}", .unexpectedByte, 6),
            ("{\"a\":1.5.5}", .unexpectedByte, 8),
            ("{\"a\":tru}", .invalidLiteral, 5), ("{\"a\":True}", .unexpectedByte, 5),
            ("{\"a\":nul", .invalidLiteral, 5),
            ("{\"a\":truex}", .unexpectedByte, 9), ("{\"a\":falsee}", .unexpectedByte, 10),
            ("{\"a\":[nil]}", .invalidLiteral, 6),
            ("{\"a\":\"\n\"}", .controlCharacter, 6), ("{\"a\":\"\u{0}\"}", .controlCharacter, 6),
            ("{\"a\":\"\t\"}", .controlCharacter, 6), ("{\"a\":\"\u{1F}\"}", .controlCharacter, 6),
            ("{\"\u{1}\":1}", .controlCharacter, 2), ("{\"a\":\"\\x\"}", .invalidEscape, 6),
            ("{\"a\":\"\\'\"}", .invalidEscape, 6),
            ("{\"a\":\"\\u12g4\"}", .invalidEscape, 6), ("{\"a\":\"\\U0041\"}", .invalidEscape, 6),
            ("{\"a\":\"\\u 041\"}", .invalidEscape, 6), ("{\"a\":[\"\\a\"]}", .invalidEscape, 7),
            ("{\"a\":1\u{C}}", .unexpectedByte, 6), ("{\u{A0}\"a\":1}", .unexpectedByte, 1),
            ("{/**/\"a\":1}", .unexpectedByte, 1),
            ("{\"a\":1,\"a\":2}", .duplicateKey, 7), ("{\"model\":1,\"\\u006dodel\":2}", .duplicateKey, 11),
            ("{\"\\u006D\":1,\"\\u006d\":2}", .duplicateKey, 12), ("{\"\u{E9}\":1,\"\\u00E9\":2}", .duplicateKey, 8),
            ("{\"\":1,\"\":2}", .duplicateKey, 6), ("{\"a\":1,\"\\ud800\":2}", .loneSurrogate, 8),
            ("{\"\\ud800\":2}", .loneSurrogate, 2),
        ] as [(String, JSONError.Reason, Int)]
    )
    func refusesEverythingElse(text: String, reason: JSONError.Reason, offset: Int) {
        let error = #expect(throws: JSONError.self) { try members([UInt8](text)) }
        #expect(error?.reason == reason)
        #expect(error?.offset == offset)
    }

    /// RFC 3629: overlong forms, surrogates, beyond U+10FFFF, and sequences that end early.
    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x9F, 0xBF], [0xE1, 0x80],
            [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF1, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xE2, 0x82, 0xAC, 0x80],
        ] as [[UInt8]]
    )
    func refusesInvalidUTF8AtEveryPlace(sequence: [UInt8]) {
        for length in 0..<40 {
            let padding = [UInt8](repeating: 0x78, count: length)
            for text in [
                [UInt8]("{\"a\":\"") + padding + sequence + [UInt8]("\"}"), [UInt8]("{\"") + padding + sequence,
            ] {
                let error = #expect(throws: JSONError.self) { try members(text) }
                #expect(error?.reason == .invalidUTF8)
            }
        }
    }

    @Test func agreesWithTheStandardLibraryOnUTF8() {
        for first: UInt8 in 0x80...0xFF {
            for second: UInt8 in stride(from: 0x70, through: 0xFF, by: 1) {
                for tail in [[], [0x80], [0x80, 0xBF], [0x41]] as [[UInt8]] {
                    let sequence = [first, second] + tail
                    let isValid = String(validating: sequence, as: UTF8.self) != nil
                    let isTaken = (try? members([UInt8]("{\"a\":\"") + sequence + [UInt8]("\"}"))) != nil
                    #expect(isTaken == isValid, "\(sequence)")
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 63, 64, 65, 66, 128, 129, 130, 1000])
    func theDepthLimitIsExact(depthMax: Int) throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            let inner = depth - 1
            let opened = String(repeating: open, count: inner)
            let core = inner > 0 ? "" : "1"
            let text = "{\"k\":" + opened + core + (open == "[" || inner == 0 ? "" : "1")
            return [UInt8](text + String(repeating: close, count: inner) + "}")
        }
        for (open, close) in [("[", "]"), ("{\"k\":", "}"), ("[{\"k\":", "}]")] {
            let step = open.hasPrefix("[{") ? 2 : 1
            let fitting = (depthMax - 1) / step + 1
            _ = try members(nested(fitting, open, close), depthMax: depthMax)
            let error = #expect(throws: JSONError.self) {
                try members(nested(fitting + 1, open, close), depthMax: depthMax)
            }
            #expect(error?.reason == .tooDeep(depthMax: depthMax))
        }
    }

    @Test func hostileNestingEndsAtTheLimit() {
        let text = [UInt8]("{\"a\":") + [UInt8](repeating: 0x5B, count: 5_000_000)
        #expect(throws: JSONError.self) { try members(text) }
    }

    @Test func findsDuplicatesAmongManyKeys() throws {
        var text = (0..<3000).map { "\"key\($0)\":\($0)" }.joined(separator: ",")
        #expect(try members([UInt8]("{\(text)}")).count == 3000)
        text += ",\"ke\\u00791234\":0"
        let error = #expect(throws: JSONError.self) { try members([UInt8]("{\(text)}")) }
        #expect(error?.reason == .duplicateKey)
    }

    @Test func saysWhatIsWrongAndWhere() {
        let error = #expect(throws: JSONError.self) { try members([UInt8]("{\"a\":\"\\x\"}")) }
        #expect(error?.message == "invalid escape in a string at byte 6")
    }

    /// What we take, Foundation takes and reads in the same way; what we refuse, it refuses, or we have our reason.
    @Test(arguments: 0..<60)
    func agreesWithFoundation(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<100 {
            var text = RandomJSON.object(using: &generator, depth: 4)
            if round % 4 != 0 { text = generator.mutated(text, with: [UInt8]("{}[]\",:\\u0e-+. tfn1\n")) }
            // Foundation guesses other encodings from zeros, and drops a byte order mark.
            guard !text.contains(0), !text.starts(with: [0xEF, 0xBB, 0xBF]) else { continue }
            let theirs = try? JSONSerialization.jsonObject(with: Data(text)) as? NSDictionary
            do {
                let document = try JSONDocument(parsing: text, depthMax: 500)
                let ours = try Self.dictionary(document)
                // Lone surrogates and numbers beyond Double are valid by the grammar, and Foundation refuses them.
                if theirs == nil, text.text.contains("\\u") || text.text.contains("e") { continue }
                #expect(ours == theirs, "\(text.text)")
            } catch {
                if error.reason == .duplicateKey || error.reason == .loneSurrogate { continue }
                // Foundation takes a comma before a closing bracket.
                let before = text[..<error.offset].last { ![0x20, 0x0A, 0x0D, 0x09].contains($0) }
                if before == 0x2C, [0x5D, 0x7D].contains(text[error.offset]) { continue }
                #expect(theirs == nil, "\(error): \(text.text)")
            }
        }
    }

    /// The document as Foundation's types.
    private static func dictionary(_ document: JSONDocument) throws(JSONError) -> NSDictionary {
        let members = NSMutableDictionary()
        for member in document.members {
            members[try document.string(of: member.key) ?? ""] = try value(member.value, of: document)
        }
        return members
    }

    private static func value(_ value: JSONValue, of document: JSONDocument) throws(JSONError) -> Any {
        switch value.kind {
        case .null: return NSNull()
        case .bool: return document.bool(of: value) ?? "?"
        case .number: return document.int(of: value) as Any? ?? document.double(of: value) ?? "?"
        case .string: return try document.string(of: value) ?? "?"
        case .array:
            var elements: [Any] = []
            for element in document.elements(of: value) { elements.append(try Self.value(element, of: document)) }
            return elements
        case .object:
            let members = NSMutableDictionary()
            for member in document.members(of: value) {
                members[try document.string(of: member.key) ?? ""] = try Self.value(member.value, of: document)
            }
            return members
        }
    }
}

/// Valid JSON, drawn at random.
enum RandomJSON {
    static func object(using generator: inout SeededGenerator, depth: Int) -> [UInt8] {
        let count = generator.int(0..<6)
        let members = (0..<count).map { index in
            "\"k\(index)\(generator.one(of: ["", "\\n", "\u{E9}", " "]))\"\(blank(&generator)):\(value(&generator, depth))"
        }
        return [UInt8]("{\(blank(&generator))\(members.joined(separator: ","))\(blank(&generator))}")
    }

    private static func blank(_ generator: inout SeededGenerator) -> String {
        generator.one(of: ["", "", "", " ", "\n", "\t \r\n"])
    }

    private static func value(_ generator: inout SeededGenerator, _ depth: Int) -> String {
        let text =
            switch generator.int(0..<(depth > 0 ? 8 : 6)) {
            case 0: generator.one(of: ["true", "false", "null"])
            case 1: String(generator.int(-1000..<1000))
            case 2: generator.one(of: ["0.5", "-1.25e2", "1E-2", "12345678901", "-0.0", "1e3"])
            case 3, 4, 5: string(&generator)
            case 6: "[\((0..<generator.int(0..<5)).map { _ in value(&generator, depth - 1) }.joined(separator: ","))]"
            default: object(using: &generator, depth: depth - 1).text
            }
        return blank(&generator) + text + blank(&generator)
    }

    private static func string(_ generator: inout SeededGenerator) -> String {
        let parts = [
            "a", "longer plain text without anything in it", "\\\"", "\\\\", "\\n", "\\u00e9", "\\ud83d\\ude00",
            "\u{E9}",
            "\u{6F22}\u{5B57}", "\u{1F600}", "{", "]", ",", ":", "/", "\\/", " ",
        ]
        return "\"\((0..<generator.int(0..<8)).map { _ in generator.one(of: parts) }.joined())\""
    }
}
