internal import CKernels
internal import COneDNN

/// The numbers that a network's products are computed in.
public enum Precision: String, Hashable, Sendable, CaseIterable {
    /// 32-bit floats, on any processor.
    case float32
    /// 16-bit floats with the range of 32-bit ones: half the time and memory on processors that have them.
    case bfloat16
    /// Signed bytes, with a scale for each row of the inputs, found as they come, and for each column of the weights.
    case int8

    /// Whether this processor computes in it, at whatever speed.
    public var isSupported: Bool {
        switch self {
        case .float32: true
        case .bfloat16: Self.processor(has: dnnl_cpu_isa_avx512_core)
        case .int8: Self.hasVNNI || ck_has_pairs() != 0
        }
    }

    /// Whether oneDNN multiplies bytes: before VNNI it adds products up in 16 bits, where two large ones don't fit.
    static var hasVNNI: Bool {
        processor(has: dnnl_cpu_isa_avx512_core_vnni) || processor(has: dnnl_cpu_isa_avx2_vnni)
    }

    /// What suits this processor: bytes where it has AVX2, else floats.
    ///
    /// Routers take the same decisions by either: Gateway.docc/Routers.md has the figures.
    public static var automatic: Precision { Precision.int8.isSupported ? .int8 : .float32 }

    /// oneDNN numbers the instruction sets by bits, so that one that holds another has all of its bits.
    private static func processor(has set: dnnl_cpu_isa_t) -> Bool {
        dnnl_get_effective_cpu_isa().rawValue & set.rawValue == set.rawValue
    }

    /// What the values between operations are kept in: a sum of bytes would lose too much.
    var activations: NumberType { self == .bfloat16 ? .bfloat16 : .float32 }

    /// What products take.
    var factors: NumberType {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        case .int8: .int8
        }
    }
}

/// A kind of number in memory.
enum NumberType: Hashable, Sendable {
    case float32, bfloat16, int8

    var size: Int {
        switch self {
        case .float32: 4
        case .bfloat16: 2
        case .int8: 1
        }
    }

    var dnnl: dnnl_data_type_t {
        switch self {
        case .float32: dnnl_f32
        case .bfloat16: dnnl_bf16
        case .int8: dnnl_s8
        }
    }
}
