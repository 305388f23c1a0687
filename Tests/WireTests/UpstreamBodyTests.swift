import Domain
import HTTP
import Testing
import Wire

@Suite struct UpstreamBodyTests {
    @Test(arguments: [
        // Blanks, escapes, numbers and unknown members as the client wrote them.
        (
            "{ \"x\" : [1 ,2.50e+3],\r\n\t\"model\"  :\"a\\u0062\" , \"messages\":[{}] ,\"é\\/\":null }\n",
            "{ \"x\" : [1 ,2.50e+3],\r\n\t\"model\"  :\"up\" , \"messages\":[{}] ,\"é\\/\":null }\n"
        ),
        // Keys that are there twice further in are not the gateway's business.
        (
            #"{"model":"a","messages":[{"content":"x","content":"y"}],"extra":{"model":"b","model":"c","route":{}}}"#,
            #"{"model":"up","messages":[{"content":"x","content":"y"}],"extra":{"model":"b","model":"c","route":{}}}"#
        ),
        // `route` goes, wherever it stands.
        (
            #"{"route":{"dry_run":true}, "model":"a","messages":[{}]}"#,
            #"{"model":"up","messages":[{}]}"#
        ),
        (
            #"{"model":"a" , "route":1 ,"messages":[{}]}"#,
            #"{"model":"up" ,"messages":[{}]}"#
        ),
        (
            #"{"model":"a","messages":[{}], "route":null }"#,
            #"{"model":"up","messages":[{}] }"#
        ),
        // A key that is spelled with escapes is the same key.
        (#"{"mod\u0065l":"a","messages":[{}]}"#, #"{"mod\u0065l":"up","messages":[{}]}"#),
    ])
    func changesOnlyWhatItMust(body: String, expected: String) throws {
        let request = try request(body)
        #expect(text(request.upstreamBody(model: "up", requestingUsage: true)) == expected)
    }

    @Test(arguments: [
        ("", #","stream_options":{"include_usage":true}"#),
        (#","stream_options":null"#, #","stream_options":{"include_usage":true}"#),
        (#","stream_options":{}"#, #","stream_options":{"include_usage":true}"#),
        (#","stream_options":{ }"#, #","stream_options":{"include_usage":true }"#),
        (
            #","stream_options": { "include_obfuscation" : false}"#,
            #","stream_options": {"include_usage":true, "include_obfuscation" : false}"#
        ),
        (
            #","stream_options":{"a":1, "include_usage" : false ,"b":{"c":[]}}"#,
            #","stream_options":{"a":1, "include_usage" : true ,"b":{"c":[]}}"#
        ),
        (#","stream_options":{"include_usage":null}"#, #","stream_options":{"include_usage":true}"#),
        (#","stream_options":{ "include_usage":true }"#, #","stream_options":{ "include_usage":true }"#),
    ])
    func asksForUsageOfStreams(options: String, expected: String) throws {
        let start = #"{"model":"m","messages":[{}],"stream":true"#
        let request = try request("\(start)\(options)}")
        let body = text(request.upstreamBody(model: "m", requestingUsage: true))
        #expect(body == "\(start)\(expected)}")
        #expect(text(request.upstreamBody(model: "m", requestingUsage: false)) == "\(start)\(options)}")
    }

    @Test func asksForNoUsageOfWholeAnswers() throws {
        let body = chat(#""stream":false"#)
        #expect(text(try request(body).upstreamBody(model: "m", requestingUsage: true)) == body)
    }

    @Test func dropsAnEncodingFormatThatIsNullAndKeepsOthers() throws {
        let named = #"{"model":"m","input":"x","encoding_format":"base64"}"#
        #expect(text(try request(named, .embeddings).upstreamBody(model: "m", requestingUsage: true)) == named)
        let null = #"{"model":"m","encoding_format":null,"input":"x"}"#
        let body = try request(null, .embeddings).upstreamBody(model: "m", requestingUsage: true)
        #expect(text(body) == #"{"model":"m","input":"x"}"#)
    }

    @Test func escapesTheModelsName() throws {
        let body = try request(chat()).upstreamBody(model: "a\"b\\c\u{1}", requestingUsage: false)
        #expect(text(body).hasPrefix(#"{"model":"a\"b\\c\u0001","messages""#))
    }

    /// Whatever else a body holds and in whatever order and spelling: it arrives as it was written.
    @Test(arguments: 0..<300)
    func keepsEveryOtherByte(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let body = RandomBody.make(using: &generator)
        let request = try request(body)
        let edited = request.upstreamBody(model: "up", requestingUsage: true)

        let before = try JSONDocument(parsing: bytes(body), depthMax: 32)
        let after = try JSONDocument(parsing: edited, depthMax: 32)
        #expect(after["model"].map { text(after.rawBytes(of: $0)) } == #""up""#)
        #expect(after["route"] == nil)
        #expect(after["encoding_format"].map { !$0.isNull } ?? true)
        let options = after["stream_options"]
        #expect(try options.flatMap { try after.member("include_usage", of: $0) }.flatMap(after.bool) == true)
        #expect(untouched(before) == untouched(after))
    }

    /// Key, colon, value and the blanks between them, of every member that must stay as it is.
    private func untouched(_ document: JSONDocument) -> [String] {
        document.members
            .filter { member in
                !(["model", "route", "encoding_format", "stream_options"] as [StaticString])
                    .contains { document.equals(member.key, $0) }
            }
            .map { text(document.bytes[$0.key.range.lowerBound..<$0.value.range.upperBound]) }
    }
}

/// Streamed chats with all that the gateway changes, among members that it must not.
private enum RandomBody {
    static func make(using generator: inout SeededGenerator) -> String {
        var members = [#""model":"m""#, #""stream":true"#, #""messages":\#(messages(using: &generator))"#]
        let options = ["null", "{}", #"{"include_usage" : false,"x":[]}"#, #"{"y":{"include_usage":1}}"#]
        if Bool.random(using: &generator) { members.append(#""route":\#(value(depth: 3, using: &generator))"#) }
        if Bool.random(using: &generator) { members.append(#""encoding_format":null"#) }
        if Bool.random(using: &generator), let option = options.randomElement(using: &generator) {
            members.append(#""stream_options":\#(option)"#)
        }
        for index in 0..<Int.random(in: 0..<40, using: &generator) {
            members.append(#""x\#(index)"\#(blank(&generator)):\#(value(depth: 3, using: &generator))"#)
        }
        members.shuffle(using: &generator)
        var text = "\(blank(&generator)){\(blank(&generator))"
        for (index, member) in members.enumerated() {
            text += "\(index > 0 ? "," : "")\(blank(&generator))\(member)\(blank(&generator))"
        }
        return "\(text)}\(blank(&generator))"
    }

    private static func messages(using generator: inout SeededGenerator) -> String {
        let contents = [
            #""hi\n""#, #""\uD83D\uDE00 \\\"""#, "null", #"[{"type":"text","text":"a"},{"z":"]"}]"#, #""""#,
        ]
        let content = contents.randomElement(using: &generator) ?? "null"
        return #"[\#(blank(&generator)){"role":"user","content":\#(content),"content":\#(content)}]"#
    }

    private static func value(depth: Int, using generator: inout SeededGenerator) -> String {
        let scalars = [
            "0", "-1.50E+2", "123456789012345678901234567890", "true", "false", "null", #""""#,
            #""},{\"model\":\"z\"""#,
            #""\u0000é\ud83d\ude00""#,
        ]
        switch depth == 0 ? 0 : Int.random(in: 0..<4, using: &generator) {
        case 1:
            let inner = (0..<3).map { _ in value(depth: depth - 1, using: &generator) }
            return "[\(inner.joined(separator: " ,"))\(blank(&generator))]"
        case 2:
            let inner = (0..<3).map { _ in
                #""model":\#(blank(&generator))\#(value(depth: depth - 1, using: &generator))"#
            }
            return "{\(inner.joined(separator: ",\n"))}"
        default: return scalars.randomElement(using: &generator) ?? "0"
        }
    }

    private static func blank(_ generator: inout SeededGenerator) -> String {
        ["", "", " ", "\n", "\t \r\n"].randomElement(using: &generator) ?? ""
    }
}
