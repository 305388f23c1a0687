import HTTP
import Testing
import TextEncoding

/// What is read, and what is refused, with the name of the field.
@Suite struct LoadingTests {
    /// The plain files of a model's folder make the same tokenizer as its tokenizer.json.
    @Test(arguments: ["minilm", "roberta"])
    func readsPlainFolders(name: String) throws {
        let file = try JSONDocument(parsing: Fixture.bytes("\(name).json"), depthMax: 32)
        let model = try #require(file["model"])
        let vocabulary = try #require(try file.member("vocab", of: model))
        let files: [String: [UInt8]]
        if let merges = try file.member("merges", of: model) {
            let lines = try file.elements(of: merges).map { merge in
                try file.elements(of: merge).map { try file.string(of: $0) ?? "" }.joined(separator: " ")
            }
            // The trainer's vocabulary lacks the mask, which was added to it.
            var text = Array(file.rawBytes(of: vocabulary).dropLast())
            text += ",\"<mask>\":1500}".utf8
            files = ["vocab.json": text, "merges.txt": Array(("#version: 0.2\n" + lines.joined(separator: "\n")).utf8)]
        } else {
            let tokens = try file.members(of: vocabulary).map {
                (file.int(of: $0.value) ?? 0, try file.string(of: $0.key))
            }
            let lines = tokens.sorted { $0.0 < $1.0 }.map { $0.1 ?? "" }
            files = ["vocab.txt": Array((lines.joined(separator: "\r\n") + "\r\n").utf8)]
        }
        let plain = try Tokenizer { files[$0] }
        let whole = try Tokenizer { $0 == "tokenizer.json" ? try Fixture.bytes("\(name).json") : nil }
        let strings = try SampleStrings()
        for seed in 0..<500 { #expect(plain.encode(strings[seed]) == whole.encode(strings[seed]), "string \(seed)") }
        #expect(plain.paddingID == whole.paddingID)
    }

    @Test func takesTheSettingsOfAPlainFolder() throws {
        let files = [
            "vocab.txt": "[UNK]\n[CLS]\n[SEP]\nÉa\nea\nÉ",
            "tokenizer_config.json": #"{"do_lower_case": false, "strip_accents": null}"#,
        ]
        #expect(try Tokenizer { files[$0].map { Array($0.utf8) } }.encode("Éa éa ea").ids == [1, 3, 0, 4, 2])
    }

    @Test func refusesAFolderWithoutAVocabulary() {
        #expect(throws: TokenizerError.noVocabulary) { try Tokenizer { _ in nil } }
        #expect(throws: TokenizerError.noVocabulary) { try Tokenizer { $0 == "vocab.json" ? Array("{}".utf8) : nil } }
    }

    /// A byte that the vocabulary lacks becomes the unknown token, once for several if they are fused, or nothing.
    @Test(arguments: [
        (#""unk_token":"?","fuse_unk":false"#, [1, 0, 0, 2]),
        (#""unk_token":"?","fuse_unk":true"#, [1, 0, 2]),
        (#""unk_token":null"#, [3]),
    ])
    func standsInForUnknownBytes(fields: String, ids: [Int32]) throws {
        let text = """
            {"model":{"type":"BPE",\(fields),"vocab":{"?":0,"a":1,"b":2,"ab":3},"merges":["a b"]},
            "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}}
            """
        #expect(try Tokenizer(json: Array(text.utf8)).encode("axyb").ids == ids)
    }

    @Test(arguments: [
        (#"{}"#, TokenizerError.missing(field: "model")),
        (#"{"model":{"type":"WordPiece"}}"#, .missing(field: "model.vocab")),
        (#"{"model":{"type":"WordPiece","vocab":{}}}"#, .invalid(field: "model.vocab", reason: "has no tokens")),
        (#"{"model":{"vocab":{"a":0}}}"#, .unsupported(component: "model", kind: "without a type")),
        (#"{"model":{"type":"Unigram","vocab":{"a":0}}}"#, .unsupported(component: "model", kind: "Unigram")),
        (
            #"{"model":{"type":"WordPiece","vocab":{"a":0}}}"#,
            .unknownToken("[UNK]", field: "model.vocab")
        ),
        (
            #"{"model":{"type":"WordPiece","vocab":{"a":-1}}}"#,
            .invalid(field: "model.vocab", reason: "is not an integer from 0 to 16777215")
        ),
        (
            #"{"model":{"type":"BPE","vocab":{"a":0},"merges":[]}}"#,
            .unsupported(component: "model", kind: "BPE without ByteLevel as last pre-tokenizer")
        ),
        (
            #"{"model":{"type":"BPE","vocab":{"a":0},"merges":["a"]}}"#,
            .invalid(field: "model.merges", reason: "has a merge that is not a pair")
        ),
        (
            #"{"model":{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}}"#,
            .unknownToken("ab", field: "model.vocab")
        ),
        (
            #"{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}}"#,
            .unsupported(component: "model", kind: "dropout")
        ),
        (
            #"{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"byte_fallback":true}}"#,
            .unsupported(component: "model", kind: "byte_fallback")
        ),
        (
            #"{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"end_of_word_suffix":"</w>"}}"#,
            .unsupported(component: "model", kind: "end_of_word_suffix")
        ),
    ])
    func refusesModels(text: String, error: TokenizerError) {
        #expect(throws: error) { try Tokenizer(json: Array(text.utf8)) }
    }

    @Test(arguments: [
        (
            #""normalizer":{"type":"Precompiled"}"#,
            TokenizerError.unsupported(component: "normalizer", kind: "Precompiled")
        ),
        (
            #""normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Nmt"}]}"#,
            .unsupported(component: "normalizer.normalizers", kind: "Nmt")
        ),
        (
            #""normalizer":{"type":"Replace","pattern":{"Regex":" +"},"content":" "}"#,
            .unsupported(component: "normalizer", kind: "Replace with a pattern that is not a string")
        ),
        (#""normalizer":{"type":3}"#, .invalid(field: "normalizer.type", reason: "is not a string")),
        (
            #""normalizer":{"type":"\ud800"}"#,
            .invalid(field: "normalizer.type", reason: "has a lone surrogate in a string at byte 72")
        ),
        (#""pre_tokenizer":{"type":"Metaspace"}"#, .unsupported(component: "pre_tokenizer", kind: "Metaspace")),
        (
            #""pre_tokenizer":{"type":"ByteLevel"}"#,
            .unsupported(component: "pre_tokenizer", kind: "ByteLevel with WordPiece")
        ),
        (
            #""pre_tokenizer":{"type":"Split","pattern":{"Regex":"a+"},"behavior":"Isolated","invert":false}"#,
            .unsupported(component: "pre_tokenizer", kind: "Split at “a+”")
        ),
        (
            #""pre_tokenizer":{"type":"Punctuation","behavior":"Doubled"}"#,
            .unsupported(component: "pre_tokenizer.behavior", kind: "Doubled")
        ),
        (#""post_processor":{"type":"Other"}"#, .unsupported(component: "post_processor", kind: "Other")),
        (
            #""post_processor":{"type":"TemplateProcessing","single":[]}"#,
            .invalid(field: "post_processor.single", reason: "has no place for the text")
        ),
        (
            #""post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"x","type_id":0}}],"special_tokens":{}}"#,
            .unknownToken("x", field: "post_processor.single.SpecialToken")
        ),
        (
            #""post_processor":{"type":"BertProcessing","cls":["x"],"sep":["y",1]}"#,
            .invalid(field: "post_processor.cls", reason: "is not a token and its id")
        ),
        (#""added_tokens":[{"id":1}]"#, .missing(field: "added_tokens.content")),
        (#""added_tokens":{}"#, .invalid(field: "added_tokens", reason: "is not an array")),
    ])
    func refusesComponents(member: String, error: TokenizerError) {
        let text = "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0}},\(member)}"
        #expect(throws: error) { try Tokenizer(json: Array(text.utf8)) }
    }

    @Test func refusesWhatIsNotJSON() {
        #expect(throws: TokenizerError.malformed(file: "tokenizer.json", reason: "the JSON text ends early at byte 1"))
        {
            try Tokenizer(json: Array("{".utf8))
        }
    }
}
