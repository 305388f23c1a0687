/// How a file stores the numbers of a tensor: safetensors' names for them.
public enum ScalarType: String, Hashable, Sendable {
    /// 64-bit floats.
    case float64 = "F64"
    /// 32-bit floats.
    case float32 = "F32"
    /// IEEE 754's 16-bit floats.
    case float16 = "F16"
    /// The upper halves of 32-bit floats.
    case bfloat16 = "BF16"
    /// Signed 64-bit integers.
    case int64 = "I64"
    /// Signed 32-bit integers.
    case int32 = "I32"
    /// Signed 16-bit integers.
    case int16 = "I16"
    /// Signed bytes.
    case int8 = "I8"
    /// Unsigned bytes.
    case uint8 = "U8"
    /// Truth values, a byte each.
    case bool = "BOOL"

    /// How many bytes a number takes.
    public var size: Int {
        switch self {
        case .float64, .int64: 8
        case .float32, .int32: 4
        case .float16, .bfloat16, .int16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// The numbers that `bytes` hold, as floats.
    func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
        switch self {
        case .float64: numbers(bytes) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
        case .float32:
            // As they are: little-endian, as every machine that this is built for.
            Array(unsafeUninitializedCapacity: bytes.count / 4) { floats, count in
                UnsafeMutableRawBufferPointer(floats).copyMemory(from: bytes)
                count = bytes.count / 4
            }
        case .float16: numbers(bytes) { Float(half: UInt16(littleEndian: $0)) }
        case .bfloat16: numbers(bytes) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
        case .int64: numbers(bytes) { Float(Int64(littleEndian: $0)) }
        case .int32: numbers(bytes) { Float(Int32(littleEndian: $0)) }
        case .int16: numbers(bytes) { Float(Int16(littleEndian: $0)) }
        case .int8: bytes.map { Float(Int8(bitPattern: $0)) }
        case .uint8, .bool: bytes.map { Float($0) }
        }
    }

    private func numbers<Bits>(_ bytes: UnsafeRawBufferPointer, _ float: (Bits) -> Float) -> [Float] {
        let count = bytes.count / MemoryLayout<Bits>.size
        return Array(unsafeUninitializedCapacity: count) { floats, written in
            for index in 0..<count {
                let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                floats.initializeElement(at: index, to: float(bits))
            }
            written = count
        }
    }
}

extension Float {
    /// The value of a 16-bit float.
    ///
    /// Its exponent, of bias 15 instead of 127, is rebased by a multiplication.
    fileprivate init(half bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let magnitude = UInt32(bits & 0x7FFF) << 13
        if bits & 0x7C00 == 0x7C00 {
            // Infinity, or not a number.
            self.init(bitPattern: sign | 0x7F80_0000 | magnitude)
        } else {
            let scaled = Float(bitPattern: magnitude) * 0x1p112
            self.init(bitPattern: sign | scaled.bitPattern)
        }
    }
}
