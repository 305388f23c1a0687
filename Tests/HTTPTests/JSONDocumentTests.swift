import HTTP
import Testing

@Suite struct JSONDocumentTests {
    private func document(_ text: String) throws -> JSONDocument {
        try JSONDocument(parsing: [UInt8](text), depthMax: 32)
    }

    @Test func findsMembersByKeyHoweverSpelled() throws {
        let document = try document(#"{"model":"gpt","\u0073tream":true,"n":1}"#)
        #expect(document["model"]?.kind == .string)
        #expect(document["stream"]?.kind == .bool)
        #expect(document["mode"] == nil && document["models"] == nil && document[""] == nil)
        #expect(
            document.members.map { document.rawBytes(of: $0.key).text } == ["\"model\"", "\"\\u0073tream\"", "\"n\""]
        )
    }

    @Test(arguments: [
        (#""""#, ""), (#""plain""#, "plain"), (#""a\"b\\c\/d\b\f\n\r\t""#, "a\"b\\c/d\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u6F22""#, "A\u{E9}\u{6F22}"), (#""x\ud83d\ude00y""#, "x\u{1F600}y"), (#""\u0000""#, "\u{0}"),
        (#""\uFFFF\uE000\uD7FF""#, "\u{FFFF}\u{E000}\u{D7FF}"), (#""\udbff\udfff""#, "\u{10FFFF}"),
        ("\"\u{E9}\\n\u{1F600}\"", "\u{E9}\n\u{1F600}"),
    ])
    func resolvesEscapes(text: String, expected: String) throws {
        let document = try document("{\"a\":\(text)}")
        let value = try #require(document["a"])
        #expect(try document.string(of: value) == expected)
        #expect(try document.stringBytes(of: value)?.text == expected)
        #expect(document.rawBytes(of: value).text == text)
    }

    @Test(arguments: [
        #"\ud800"#, #"\udc00"#, #"\ud800x"#, #"\ud800\n"#, #"\ud800\u0041"#, #"\ud800\ud800"#, #"\ude00\ud83d"#,
    ])
    func refusesLoneSurrogatesInWhatIsRead(text: String) throws {
        let document = try document("{\"a\":\"xy\(text)\"}")
        let value = try #require(document["a"])
        let error = #expect(throws: JSONError.self) { try document.string(of: value) }
        #expect(error == JSONError(.loneSurrogate, at: 8))
        #expect(!document.equals(value, "xy"))
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("42", 42), ("-42", -42), ("9223372036854775807", Int.max),
            ("-9223372036854775808", Int.min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil), ("1e2", nil), ("\"1\"", nil),
            ("true", nil),
            ("99999999999999999999999999999999", nil),
        ] as [(String, Int?)]
    )
    func readsIntegersWithoutTrapping(text: String, expected: Int?) throws {
        let document = try document("{\"a\":\(text)}")
        #expect(try document.int(of: #require(document["a"])) == expected)
    }

    @Test(
        arguments: [
            ("0.7", 0.7), ("-1.5e3", -1500), ("1", 1), ("1e308", 1e308), ("1e999", nil), ("-1e999", nil), ("1e-999", 0),
            ("\"1\"", nil),
            ("123456789012345678901234567890", 1.2345678901234568e29), ("null", nil),
        ] as [(String, Double?)]
    )
    func readsNumbersWithoutInfinities(text: String, expected: Double?) throws {
        let document = try document("{\"a\":\(text)}")
        #expect(try document.double(of: #require(document["a"])) == expected)
    }

    @Test func readsOtherKinds() throws {
        let document = try document(#"{"a":true,"b":false,"c":null,"d":{},"e":[],"f":"true"}"#)
        #expect(try document.bool(of: #require(document["a"])) == true)
        #expect(try document.bool(of: #require(document["b"])) == false)
        #expect(try document.bool(of: #require(document["f"])) == nil)
        #expect(try #require(document["c"]).isNull)
        #expect(document.members.map(\.value.kind) == [.bool, .bool, .null, .object, .array, .string])
        #expect(try document.string(of: #require(document["d"])) == nil)
    }

    @Test func walksElementsAndMembers() throws {
        let document = try document(#"{"m":[ {"role":"user","content":"a,]}"} , [1,[2]],3 ,"x"],"e":[ ],"o":{ }}"#)
        let messages = try #require(document["m"])
        let elements = Array(document.elements(of: messages))
        #expect(
            elements.map { document.rawBytes(of: $0).text } == [
                #"{"role":"user","content":"a,]}"}"#, "[1,[2]]", "3", "\"x\"",
            ]
        )
        #expect(
            document.members(of: elements[0]).map { document.rawBytes(of: $0.value).text } == ["\"user\"", "\"a,]}\""]
        )
        #expect(try document.member("content", of: elements[0]).map { document.equals($0, "a,]}") } == true)
        #expect(try document.member("none", of: elements[0]) == nil)
        for key: StaticString in ["e", "o"] {
            let value = try #require(document[key])
            #expect(Array(document.elements(of: value)).isEmpty && Array(document.members(of: value)).isEmpty)
        }
        #expect(Array(document.members(of: messages)).isEmpty && Array(document.elements(of: elements[0])).isEmpty)
    }

    @Test func refusesADuplicateWhereItLooksForAKey() throws {
        let document = try document(#"{"o":{"a":1,"b":2,"\u0061":3}}"#)
        let object = try #require(document["o"])
        #expect(try document.member("b", of: object) != nil)
        #expect(throws: JSONError(.duplicateKey, at: 18)) { try document.member("a", of: object) }
    }

    @Test func readsASliceInPlace() throws {
        let text = [UInt8]("data: {\"a\":{\"b\":[1,2]},\"c\":\"d\"}\n\n")
        let document = try JSONDocument(parsing: text[6..<text.count - 2], depthMax: 8)
        #expect(try document.string(of: #require(document["c"])) == "d")
        let nested = try JSONDocument(parsing: document.rawBytes(of: #require(document["a"])), depthMax: 8)
        #expect(try nested.elements(of: #require(nested["b"])).map { nested.int(of: $0) } == [1, 2])
        #expect(nested.replacing([("b", [UInt8]("0"))]).text == "{\"b\":0}")
        #expect(throws: JSONError(.unexpectedByte, at: 2)) {
            try JSONDocument(parsing: [UInt8]("xx{ 1}")[2...], depthMax: 8)
        }
    }
}
