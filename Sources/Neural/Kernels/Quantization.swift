/// Rows of numbers as signed bytes, each row with the scale that its bytes are multiples of.
struct Quantized {
    let values: [Int8]
    let scales: [Float]

    /// Quantizes each row by its greatest magnitude.
    init(rowsOf matrix: Matrix) {
        var values = [Int8](repeating: 0, count: matrix.values.count)
        var scales = [Float](repeating: 0, count: matrix.rows)
        matrix.values.withUnsafeBufferPointer { source in
            values.withUnsafeMutableBufferPointer { target in
                guard let source = source.baseAddress, let target = target.baseAddress else { return }
                for row in 0..<matrix.rows {
                    let start = row * matrix.columns
                    scales[row] = quantize(source + start, into: target + start, count: matrix.columns)
                }
            }
        }
        (self.values, self.scales) = (values, scales)
    }
}

/// Turns `count` floats into bytes −127…127 of which they are nearly multiples.
///
///     scale = max |x| / 127,  bytes[i] = round(x[i] / scale)
///
/// - Returns: The scale; 0 for a row of zeros, and for one that isn't finite, whose bytes are then zeros.
func quantize(_ source: UnsafePointer<Float>, into bytes: UnsafeMutablePointer<Int8>, count: Int) -> Float {
    let greatest = greatestMagnitude(source, count)
    guard greatest > 0, greatest.isFinite, (127 / greatest).isFinite else {
        bytes.update(repeating: 0, count: count)
        return 0
    }
    let factor = 127 / greatest
    var index = 0
    while index + 16 <= count {
        let scaled = UnsafeRawPointer(source + index).loadUnaligned(as: SIMD16<Float>.self) * factor
        // 1.5 · 2²³ leaves no bits for fractions: adding it rounds to the nearest integer, in the lowest bits.
        let rounded = unsafeBitCast(scaled + 0x1.8p23, to: SIMD16<Int32>.self)
        UnsafeMutableRawPointer(bytes + index).storeBytes(
            of: SIMD16<Int8>(truncatingIfNeeded: rounded),
            as: SIMD16<Int8>.self
        )
        index += 16
    }
    while index < count {
        bytes[index] = Int8((source[index] * factor).rounded(.toNearestOrEven))
        index += 1
    }
    return greatest / 127
}

/// The greatest magnitude of `count` floats; infinity or not a number if one is.
private func greatestMagnitude(_ source: UnsafePointer<Float>, _ count: Int) -> Float {
    // Without their signs, floats compare as integers do, those that are no number above all.
    var greatest = SIMD16<Int32>(repeating: 0)
    var index = 0
    while index + 16 <= count {
        let bits = UnsafeRawPointer(source + index).loadUnaligned(as: SIMD16<Int32>.self) & 0x7FFF_FFFF
        greatest.replace(with: bits, where: bits .> greatest)
        index += 16
    }
    var last = greatest.max()
    while index < count {
        last = max(last, Int32(bitPattern: source[index].bitPattern & 0x7FFF_FFFF))
        index += 1
    }
    return Float(bitPattern: UInt32(bitPattern: last))
}

/// What makes floats of a product of bytes: a scale for each column, and what is added then.
struct Dequantization: Sendable {
    let scales: [Float]
    let bias: [Float]

    /// Scales rows of a product and adds the bias, and what is in the place of the result if it `adds`.
    ///
    ///     result[r, c] = product[r, c] · rowScales[r] · scales[c] + bias[c] (+ result[r, c])
    func apply(
        to product: UnsafePointer<Float>,
        into result: UnsafeMutablePointer<Float>,
        rows: Int,
        rowScales: UnsafePointer<Float>,
        adding adds: Bool
    ) {
        let columns = scales.count
        scales.withUnsafeBufferPointer { scales in
            bias.withUnsafeBufferPointer { bias in
                guard let scales = scales.baseAddress, let bias = bias.baseAddress else { return }
                for row in 0..<rows {
                    let (product, result) = (product + row * columns, result + row * columns)
                    let scale = rowScales[row]
                    var index = 0
                    while index + 16 <= columns {
                        var value = product.vector(index) * scale * scales.vector(index) + bias.vector(index)
                        if adds { value += UnsafePointer(result).vector(index) }
                        UnsafeMutableRawPointer(result + index).storeBytes(of: value, as: SIMD16<Float>.self)
                        index += 16
                    }
                    while index < columns {
                        let value = product[index] * scale * scales[index] + bias[index]
                        result[index] = adds ? result[index] + value : value
                        index += 1
                    }
                }
            }
        }
    }
}

extension UnsafePointer<Float> {
    /// 16 values from `index` on.
    @inline(__always)
    func vector(_ index: Int) -> SIMD16<Float> {
        UnsafeRawPointer(self + index).loadUnaligned(as: SIMD16<Float>.self)
    }
}
