internal import Domain

/// Writes one entry as a payload of the spill file.
///
/// Per row the number of its columns, then each value behind a byte that says its type; integers little-endian:
///
///     payload = row(request) attempts:UInt16 row(attempt)* row(evidence)? | 0:UInt8 row(hold)
///     row     = columns:UInt8 value*
///     value   = 0 | 1 Int64 | 2 Float64 | 3 length:UInt32 UTF-8 | 4 length:UInt32 bytes
struct SpillEncoder: ColumnSink {
    private(set) var bytes: [UInt8] = []

    /// The payload of `entry`.
    static func payload(of entry: LedgerEntry) -> [UInt8] {
        var encoder = SpillEncoder()
        encoder.bytes.reserveCapacity(1024)
        encoder.bytes.append(UInt8(RequestRow.columns.count))
        entry.request.write(to: &encoder)
        let attempts = entry.attempts.prefix(Int(UInt16.max))
        encoder.append(UInt16(attempts.count))
        for (index, attempt) in attempts.enumerated() {
            encoder.bytes.append(UInt8(AttemptRow.columns.count))
            attempt.write(to: &encoder, number: index + 1)
        }
        if let evidence = entry.evidence {
            encoder.bytes.append(UInt8(EvidenceRow.columns.count))
            evidence.write(to: &encoder)
        }
        return encoder.bytes
    }

    /// The payload of `hold`.
    static func payload(of hold: HoldRow) -> [UInt8] {
        var encoder = SpillEncoder()
        encoder.bytes += [0, UInt8(HoldRow.columns.count)]
        hold.write(to: &encoder)
        return encoder.bytes
    }

    mutating func null() { bytes.append(0) }

    mutating func integer(_ value: Int64) {
        bytes.append(1)
        append(value)
    }

    mutating func real(_ value: Double) {
        bytes.append(2)
        append(value.bitPattern)
    }

    mutating func text(_ value: String) {
        bytes.append(3)
        append(UInt32(truncatingIfNeeded: value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func text(utf8 value: [UInt8]) {
        bytes.append(3)
        append(UInt32(truncatingIfNeeded: value.count))
        bytes.append(contentsOf: value)
    }

    mutating func blob(_ value: RequestID) {
        bytes.append(4)
        append(UInt32(16))
        append(value.high.bigEndian)
        append(value.low.bigEndian)
    }

    mutating func blob(_ value: [UInt8]) {
        bytes.append(4)
        append(UInt32(truncatingIfNeeded: value.count))
        bytes.append(contentsOf: value)
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}

/// Reads a payload back, straight into what inserts it.
///
/// A payload that does not read as one is a `nil`: its checksum held, so another version wrote it.
struct SpillDecoder {
    private let bytes: [UInt8]
    private var offset: Int

    /// Reads `payload` from its row on: that of the request, or that of the hold.
    init(_ payload: [UInt8]) {
        bytes = payload
        offset = Self.isHold(payload) ? 1 : 0
    }

    /// Whether `payload` is a hold's; no request has no columns.
    static func isHold(_ payload: [UInt8]) -> Bool { payload.first == 0 }

    /// The number of columns of the row that begins here.
    mutating func columnCount() -> Int? { read(UInt8.self).map(Int.init) }

    /// Whether there is nothing more: behind the attempts there may be evidence, and versions before it had none.
    var isAtEnd: Bool { offset == bytes.count }

    /// The number of attempts behind the request's row.
    mutating func attemptCount() -> Int? { read(UInt16.self).map(Int.init) }

    /// Binds the next `count` values; `nil` where the payload ends early or holds an unknown type.
    mutating func bind(_ count: Int, to binder: inout some ColumnSink) -> Void? {
        for _ in 0..<count {
            switch read(UInt8.self) {
            case 0: binder.null()
            case 1:
                guard let value = read(Int64.self) else { return nil }
                binder.integer(value)
            case 2:
                guard let value = read(UInt64.self) else { return nil }
                binder.real(Double(bitPattern: value))
            case 3:
                guard let value = readBytes() else { return nil }
                binder.text(utf8: value)
            case 4:
                guard let value = readBytes() else { return nil }
                binder.blob(value)
            default: return nil
            }
        }
        return ()
    }

    private mutating func read<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        let size = Value.bitWidth / 8
        guard bytes.count - offset >= size else { return nil }
        defer { offset += size }
        return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
    }

    private mutating func readBytes() -> [UInt8]? {
        guard let count = read(UInt32.self).map(Int.init), bytes.count - offset >= count else { return nil }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }
}
