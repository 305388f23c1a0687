import Neural
import Testing
import TextEncoding

/// Equality with PyPI's `transformers` in every layer: Tests/Tools/encoder_goldens.py wrote what it makes of the texts.
@Suite struct EncoderParityTests {
    @Test(arguments: EncoderFixture.names)
    func equalsTransformers(name: String) throws {
        try check(EncoderFixture.encoder(name), EncoderFixture.golden("\(name)/golden.json")) {
            distance($0, $1) < 1e-4
        }
    }

    /// Random weights of unusual size let rounding count for more than those of real models do.
    @Test(.enabled(if: Precision.bfloat16.isSupported), arguments: EncoderFixture.names)
    func isNearInBfloat16(name: String) throws {
        let golden = try EncoderFixture.golden("\(name)/golden.json")
        try check(EncoderFixture.encoder(name, .bfloat16), golden, tolerance: 0.03) { cosine($0, $1) >= 0.999 }
    }

    @Test(.enabled(if: Precision.int8.isSupported), arguments: EncoderFixture.names)
    func isNearInInt8(name: String) throws {
        let golden = try EncoderFixture.golden("\(name)/golden.json")
        try check(EncoderFixture.encoder(name, .int8), golden, tolerance: 0.05) { cosine($0, $1) >= 0.99 }
    }

    @Test(
        .enabled(if: EncoderFixture.minilm != nil, "SWITCHYARD_MINILM names no folder with MiniLM's weights"),
        arguments: Precision.allCases.filter(\.isSupported)
    )
    func equalsMiniLM(precision: Precision) throws {
        let encoder = try Encoder(folder: #require(EncoderFixture.minilm), options: .init(precision: precision))
        #expect(encoder.layerCount == 6 && encoder.vectorSize == 384 && encoder.labels.isEmpty)
        try check(encoder, EncoderFixture.golden("minilm.golden.json")) { vector, golden in
            switch precision {
            case .float32: distance(vector, golden) < 1e-4
            case .bfloat16: cosine(vector, golden) >= 0.999
            case .int8: cosine(vector, golden) >= 0.99
            }
        }
    }

    /// Layers above the first see some of the tokens, each at its own place.
    @Test(arguments: EncoderFixture.names, Precision.allCases.filter(\.isSupported))
    func prunesTokens(name: String, precision: Precision) throws {
        try checkPruned(EncoderFixture.folder(name), EncoderFixture.pruned("\(name)/pruned.json"), precision)
    }

    @Test(
        .enabled(if: EncoderFixture.minilm != nil, "SWITCHYARD_MINILM names no folder with MiniLM's weights"),
        arguments: Precision.allCases.filter(\.isSupported)
    )
    func prunesTokensOfMiniLM(precision: Precision) throws {
        let golden = try EncoderFixture.pruned("minilm.pruned.json")
        try checkPruned(#require(EncoderFixture.minilm), golden, precision)
    }

    private func checkPruned(_ folder: String, _ golden: [PrunedEncoding], _ precision: Precision) throws {
        #expect(golden.count >= 2)
        for expected in golden {
            let options = Encoder.Options(precision: precision, tokensMax: expected.count, prunesTokens: true)
            let encoder = try Encoder(folder: folder, options: options)
            let layers = Array(0...encoder.layerCount)
            #expect(expected.means.count == layers.count)
            for (layer, vector) in zip(layers, try encoder.encode(PrunedEncoding.text, layers: layers)) {
                let mean = expected.means[layer]
                switch precision {
                case .float32: #expect(distance(vector, mean) < 1e-4, "layer \(layer)")
                case .bfloat16: #expect(cosine(vector, mean) >= 0.999, "layer \(layer)")
                case .int8: #expect(cosine(vector, mean) >= 0.99, "layer \(layer)")
                }
            }
        }
    }

    private func check(
        _ encoder: Encoder,
        _ golden: [GoldenEncoding],
        tolerance: Float = 1e-4,
        isNear: (_ vector: [Float], _ golden: [Float]) -> Bool
    ) throws {
        #expect(!golden.isEmpty)
        for (index, expected) in golden.enumerated() {
            #expect(encoder.layerCount + 1 == expected.means.count)
            let all = try encoder.encode(expected.text, layers: Array(0...encoder.layerCount))
            for (layer, (vector, mean)) in zip(all, expected.means).enumerated() {
                #expect(
                    isNear(vector, mean),
                    "layer \(layer) of “\(expected.text.prefix(20))”: \(distance(vector, mean)), \(cosine(vector, mean))"
                )
                // The same without the layers above.
                if index == 0, layer < 2 { #expect(try encoder.encode(expected.text, layers: [layer]) == [vector]) }
            }
            let first = try encoder.encodeFirstToken(expected.text, layers: [encoder.layerCount])[0]
            #expect(
                isNear(first, expected.first),
                "\(distance(first, expected.first)), \(cosine(first, expected.first))"
            )
            if let probabilities = expected.probabilities {
                #expect(try distance(encoder.classify(expected.text), probabilities) < tolerance)
            } else {
                #expect(throws: EncoderError.noHead) { try encoder.classify(expected.text) }
            }
        }
    }
}
