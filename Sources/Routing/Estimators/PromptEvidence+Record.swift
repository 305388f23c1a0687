extension PromptEvidence {
    /// The evidence in some two kilobytes, for whoever keeps it to learn from: numbers with three digits.
    ///
    ///     record = version:UInt8 counts:UInt32[11] surface:Float16[42] code:Float16[31]
    ///              words:UInt16 (bucket:UInt16 weight:Float16)[words]
    ///              layers:UInt8 (layer:UInt8 width:UInt16 state:Float16[width])[layers]
    ///
    /// All little-endian. Layers above 255 or wider than 65,535 are left out. Version 1 is without `code`, and so is version 2
    /// of what was read from version 1: it has NaNs.
    public var record: [UInt8] {
        var bytes: [UInt8] = [Self.recordVersion]
        let states = layers.filter { 0...255 ~= $0.key && $0.value.count <= Int(UInt16.max) }.sorted { $0.key < $1.key }
        bytes.reserveCapacity(256 + 4 * words.buckets.count + states.reduce(0) { $0 + 3 + 2 * $1.value.count })
        for count in features.counts { Self.append(UInt32(clamping: count), to: &bytes) }
        for value in surface.values { Self.append(Float16(value).bitPattern, to: &bytes) }
        for value in code?.values ?? Self.unknownCode { Self.append(Float16(value).bitPattern, to: &bytes) }
        Self.append(UInt16(words.buckets.count), to: &bytes)
        for (bucket, weight) in zip(words.buckets, words.weights) {
            Self.append(bucket, to: &bytes)
            Self.append(Float16(weight).bitPattern, to: &bytes)
        }
        bytes.append(UInt8(states.count))
        for (layer, values) in states {
            bytes.append(UInt8(layer))
            Self.append(UInt16(values.count), to: &bytes)
            for value in values { Self.append(Float16(value).bitPattern, to: &bytes) }
        }
        return bytes
    }

    /// The evidence that `record` holds; `nil` if it is none, or of another version.
    public init?(record: [UInt8]) {
        var reader = RecordReader(bytes: record)
        guard let version = reader.integer(UInt8.self), 1...Self.recordVersion ~= version,
            let counts = reader.integers(UInt32.self, count: PromptFeatures.countCount),
            let surface = reader.halves(count: SurfaceFeatures.count),
            let code = version == 1 ? Self.unknownCode : reader.halves(count: CodeFeatures.count),
            let words = reader.integer(UInt16.self), words <= HashedWords.bucketCount,
            let pairs = reader.integers(UInt16.self, count: 2 * Int(words)),
            let layerCount = reader.integer(UInt8.self)
        else { return nil }
        let buckets = stride(from: 0, to: pairs.count, by: 2).map { pairs[$0] }
        let weights = stride(from: 1, to: pairs.count, by: 2).map { Float(Float16(bitPattern: pairs[$0])) }
        guard zip(buckets, buckets.dropFirst()).allSatisfy(<), (buckets.last ?? 0) < HashedWords.bucketCount,
            weights.allSatisfy(\.isFinite), surface.allSatisfy(\.isFinite)
        else { return nil }
        var layers: [Int: [Float]] = [:]
        for _ in 0..<layerCount {
            guard let layer = reader.integer(UInt8.self), let width = reader.integer(UInt16.self),
                let values = reader.halves(count: Int(width))
            else { return nil }
            layers[Int(layer)] = values
        }
        guard reader.isAtEnd else { return nil }
        self.init(
            features: PromptFeatures(counts: counts.map { Int($0) }),
            surface: SurfaceFeatures(values: surface),
            code: code.allSatisfy(\.isFinite) ? CodeFeatures(values: code) : nil,
            words: HashedWords(buckets: buckets, weights: weights),
            layers: layers
        )
    }

    private static let recordVersion: UInt8 = 2
    private static let unknownCode = [Float](repeating: .nan, count: CodeFeatures.count)

    private static func append(_ value: some FixedWidthInteger & UnsignedInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

/// Reads numbers from the left, little-endian, and never beyond the end.
private struct RecordReader {
    let bytes: [UInt8]
    private var offset = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(_: Value.Type) -> Value? {
        let size = Value.bitWidth / 8
        guard bytes.count - offset >= size else { return nil }
        defer { offset += size }
        return (0..<size).reduce(0) { $0 | Value(bytes[offset + $1]) << Value(8 * $1) }
    }

    mutating func integers<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type, count: Int) -> [Value]? {
        guard bytes.count - offset >= count * Value.bitWidth / 8 else { return nil }
        return (0..<count).compactMap { _ in integer(type) }
    }

    mutating func halves(count: Int) -> [Float]? {
        integers(UInt16.self, count: count)?.map { Float(Float16(bitPattern: $0)) }
    }
}
