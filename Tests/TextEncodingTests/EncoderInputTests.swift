import Domain
import Foundation
import HTTP
import Neural
import Testing
import TextEncoding

/// Folders that are spoilt, and texts that nobody writes: an error that says what is wrong, or an encoding; never a crash.
@Suite struct EncoderInputTests {
    @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json"])
    func needsItsFiles(file: String) throws {
        let folder = try SpoiltFolder(of: "bert")
        try folder.remove(file)
        let error = #expect(throws: EncoderError.self) { try Encoder(folder: folder.path) }
        switch (file, error) {
        case ("config.json", .missing(file: "config.json")), ("tokenizer.json", .tokenizer(.noVocabulary)): break
        case ("model.safetensors", .unreadable(.inaccessible(_, code: 2))): break
        default: Issue.record("\(String(describing: error))")
        }
        for size in [0, 1, 7, 100, try EncoderFixture.size(of: file, in: "bert") - 2] {
            try folder.write(Array(try EncoderFixture.bytes(of: file, in: "bert").prefix(size)), to: file)
            #expect(throws: EncoderError.self) { try Encoder(folder: folder.path) }
        }
    }

    @Test(arguments: [
        (#""model_type": "bert""#, #""model_type": "gpt2""#, "model_type gpt2 is not supported"),
        (#""hidden_act": "gelu""#, #""hidden_act": "mish""#, "hidden_act mish is not supported"),
        (#""hidden_size": 32"#, #""hidden_size": 48"#, "has the shape"),
        (#""hidden_size": 32"#, #""hidden_size": 30"#, "can't share"),
        (#""hidden_size": 32"#, #""hidden_size": -1"#, "hidden_size is not an integer"),
        (#""hidden_size": 32"#, #""size": 32"#, "hidden_size is missing"),
        (#""num_hidden_layers": 2"#, #""num_hidden_layers": 3"#, "no tensor encoder.layer.2."),
        (#""intermediate_size": 48"#, #""intermediate_size": 64"#, "has the shape"),
        (#""max_position_embeddings": 64"#, #""max_position_embeddings": 65"#, "has the shape"),
        (#""type_vocab_size": 2"#, #""type_vocab_size": 1"#, "has the shape"),
        (#""layer_norm_eps": 1e-12"#, #""layer_norm_eps": "x""#, "layer_norm_eps is not a number"),
        (#""pad_token_id": 0"#, #""position_embedding_type": "relative_key""#, "relative_key is not supported"),
    ])
    func saysWhatIsWrongInTheConfiguration(old: String, new: String, expected: String) throws {
        let folder = try SpoiltFolder(of: "bert")
        try folder.replace(old, with: new, in: "config.json")
        let error = #expect(throws: EncoderError.self) { try Encoder(folder: folder.path) }
        #expect(error?.message.contains(expected) ?? false, "\(error?.message ?? "")")
    }

    @Test func saysWhatIsWrongInTheTokenizer() throws {
        let folder = try SpoiltFolder(of: "bert")
        try folder.replace(#""type":"WordPiece""#, with: #""type":"Unigram""#, in: "tokenizer.json")
        #expect(throws: EncoderError.tokenizer(.unsupported(component: "model", kind: "Unigram"))) {
            try Encoder(folder: folder.path)
        }
        try folder.write(EncoderFixture.bytes(of: "tokenizer.json", in: "roberta-labels"), to: "tokenizer.json")
        let error = #expect(throws: EncoderError.self) { try Encoder(folder: folder.path) }
        if case .contradiction = error {} else { Issue.record("\(String(describing: error))") }
    }

    /// Files that Google's own models have: a plain vocabulary, and normalizations by their old names.
    @Test func readsOldFolders() throws {
        let folder = try SpoiltFolder(of: "bert")
        let tokenizer = try JSONDocument(parsing: folder.bytes("tokenizer.json"), depthMax: 32)
        let model = try #require(tokenizer["model"])
        let vocabulary = try #require(try tokenizer.member("vocab", of: model))
        var words: [Int: String] = [:]
        for member in tokenizer.members(of: vocabulary) {
            words[try #require(tokenizer.int(of: member.value))] = try tokenizer.string(of: member.key)
        }
        let lines = words.sorted { $0.key < $1.key }.map { $0.value + "\n" }.joined()
        try folder.remove("tokenizer.json")
        try folder.write(Array(lines.utf8), to: "vocab.txt")
        let weights = try folder.bytes("model.safetensors")
            .replacing(Array("LayerNorm.weight\":".utf8), with: Array("LayerNorm.gamma\" :".utf8))
            .replacing(Array("LayerNorm.bias\":".utf8), with: Array("LayerNorm.beta\":".utf8))
        try folder.write(weights, to: "model.safetensors")
        let (old, new) = (
            try Encoder(folder: folder.path, options: .init(precision: .float32)), try EncoderFixture.encoder("bert")
        )
        for text in ["", "Prove it, quick fox: 1 + 1 = 2", "中文 и"] {
            #expect(try old.encode(text, layers: [0, 2]) == new.encode(text, layers: [0, 2]))
        }
    }

    /// A head for each token, as models have that mark words, doesn't keep the encoder from its use.
    @Test func leavesOtherHeadsAlone() throws {
        let folder = try SpoiltFolder(of: "bert-labels")
        let weights = try folder.bytes("model.safetensors")
            .replacing(Array("bert.pooler.dense".utf8), with: Array("bert.another.part".utf8))
        try folder.write(weights, to: "model.safetensors")
        let encoder = try Encoder(folder: folder.path, options: .init(precision: .float32, tokensMax: 32))
        #expect(encoder.labels.isEmpty)
        #expect(throws: EncoderError.noHead) { try encoder.classify("a") }
        #expect(try encoder.encode("a", layers: [2]) == EncoderFixture.encoder("bert-labels").encode("a", layers: [2]))
    }

    @Test(.timeLimit(.minutes(1)), arguments: EncoderFixture.names)
    func encodesAnyText(name: String) throws {
        var generator = SeededGenerator(seed: 1)
        let binary = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let texts = ["", " ", "\u{0}", "\u{FFFD}", String(decoding: binary, as: UTF8.self)]
        for precision in Precision.allCases where precision.isSupported {
            let encoder = try EncoderFixture.encoder(name, precision, tokensMax: 64)
            for text in texts { try check(encoder, text) }
            #expect(try encoder.encode(texts, layers: [1]) == texts.map { try encoder.encode($0, layers: [1]) })
        }
        let encoder = try EncoderFixture.encoder(name)
        for piece in ["dog ", "x", "\u{301}", "👩‍👩‍👧‍👦"] {
            try check(encoder, String(repeating: piece, count: 1 << 20 / piece.utf8.count))
        }
    }

    private func check(_ encoder: Encoder, _ text: String) throws {
        let vectors = try encoder.encode(text, layers: [2, 0, 2])
        #expect(vectors.count == 3 && vectors[0] == vectors[2] && vectors.allSatisfy { $0.count == 32 })
        #expect(vectors.allSatisfy { $0.allSatisfy(\.isFinite) })
    }

    @Test func refusesLayersThatAreNotThere() throws {
        let encoder = try EncoderFixture.encoder("bert")
        for layer in [-1, 3, .max, .min] {
            #expect(throws: EncoderError.noSuchLayer(layer, count: 2)) { try encoder.encode("a", layers: [0, layer]) }
        }
        #expect(try encoder.encode("a", layers: []).isEmpty)
    }

    /// Layers that are not loaded change nothing below them, and aren't there.
    @Test(arguments: EncoderFixture.names, [-1, 0, 1])
    func loadsTheLayersThatAreWanted(name: String, layersMax: Int) throws {
        let options = Encoder.Options(precision: .float32, tokensMax: 32, layersMax: layersMax)
        let (some, all) = (
            try Encoder(folder: EncoderFixture.folder(name), options: options), try EncoderFixture.encoder(name)
        )
        let highest = max(0, layersMax)
        #expect(some.layerCount == highest && some.labels.isEmpty)
        let layers = Array(0...highest)
        #expect(try some.encode("the quick fox", layers: layers) == all.encode("the quick fox", layers: layers))
        #expect(throws: EncoderError.noSuchLayer(2, count: highest)) { try some.encode("a", layers: [2]) }
        #expect(throws: EncoderError.noHead) { try some.classify("a") }
    }

    /// As many as there are, or more, are all, the head among them.
    @Test(arguments: [2, 3, .max])
    func loadsAllLayersWithTheHead(layersMax: Int) throws {
        let options = Encoder.Options(precision: .float32, tokensMax: 32, layersMax: layersMax)
        let encoder = try Encoder(folder: EncoderFixture.folder("bert-labels"), options: options)
        #expect(encoder.layerCount == 2)
        #expect(try encoder.classify("a") == EncoderFixture.encoder("bert-labels").classify("a"))
    }

    /// No text, no room, or less than none.
    @Test(arguments: [Int.min, 0, 1, 2])
    func needsRoomForAText(tokensMax: Int) throws {
        let error = #expect(throws: EncoderError.self) { try EncoderFixture.encoder("bert", tokensMax: tokensMax) }
        if case .contradiction = error {} else { Issue.record("\(String(describing: error))") }
    }

    @Test(arguments: Precision.allCases.filter(\.isSupported))
    func saysThatWeightsAreNoNumbers(precision: Precision) throws {
        let folder = try SpoiltFolder(of: "bert")
        var bytes = try folder.bytes("model.safetensors")
        // The largest half-floats and what is none: the whole of what is behind the header.
        let start = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
        for index in start..<bytes.count { bytes[index] = 0xFF }
        try folder.write(bytes, to: "model.safetensors")
        let encoder = try Encoder(folder: folder.path, options: .init(precision: precision))
        #expect(throws: EncoderError.notFinite) { try encoder.encode("a", layers: [2]) }
    }

    /// Whichever bytes are flipped: an error, or numbers.
    @Test(.timeLimit(.minutes(2)), arguments: EncoderFixture.names, ["config.json", "model.safetensors"])
    func survivesFlippedBytes(name: String, file: String) throws {
        let folder = try SpoiltFolder(of: name)
        let whole = try folder.bytes(file)
        var generator = SeededGenerator(seed: 1)
        // In the weights, half of the flips hit the header.
        let header = file == "config.json" ? whole.count : 8 + Int(whole[0]) + Int(whole[1]) << 8
        for round in 0..<40 {
            var changed = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let reach = round.isMultiple(of: 2) ? header : whole.count
                changed[Int.random(in: 0..<reach, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            try folder.write(changed, to: file)
            do throws(EncoderError) {
                let encoder = try Encoder(folder: folder.path, options: .init(precision: .float32, tokensMax: 16))
                let vectors = try encoder.encode("the quick brown fox", layers: [encoder.layerCount])
                #expect(vectors.allSatisfy { $0.allSatisfy(\.isFinite) })
                if !encoder.labels.isEmpty { _ = try encoder.classify("the dog") }
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }

    /// Many at once get what each gets alone.
    @Test func encodesOnManyThreads() async throws {
        let encoder = try EncoderFixture.encoder("modernbert-labels", .automatic)
        let texts = (0..<24).map { String(repeating: "quick fox ", count: $0 % 12) }
        let alone = try encoder.encode(texts, layers: [1, 4])
        try encoder.prepare(callers: 2)
        try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { group in
            for round in 0..<4 * texts.count {
                let index = round % texts.count
                group.addTask { (index, try encoder.encode(texts[index], layers: [1, 4])) }
            }
            for try await (index, vectors) in group { #expect(vectors == alone[index]) }
        }
    }
}
