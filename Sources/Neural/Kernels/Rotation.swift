internal import Glibc

/// The angles by which the halves of queries and keys are turned against each other, so that only distances count.
///
///     x[i]         ← x[i]·cos(p·θ[i]) − x[i + d/2]·sin(p·θ[i]),  θ[i] = base^(−2i/d)
///     x[i + d/2]   ← x[i + d/2]·cos(p·θ[i]) + x[i]·sin(p·θ[i])
///
/// Su et al., "RoFormer", 2021, in the order of halves that Hugging Face's models use: <https://arxiv.org/abs/2104.09864>.
public struct Rotation: Sendable {
    /// How many values a head has.
    let size: Int
    let tokensMax: Int
    /// For each place, the cosines and sines in turn.
    private let cosines: [Float]
    private let sines: [Float]

    /// The angles of heads of `size` values, an even number, for texts of up to `tokensMax` tokens.
    public init(size: Int, base: Double, tokensMax: Int) {
        precondition(size > 0 && size.isMultiple(of: 2) && tokensMax > 0, "a head has two halves")
        self.size = size
        self.tokensMax = tokensMax
        let speeds = (0..<size / 2).map { pow(base, -2 * Double($0) / Double(size)) }
        let angles = (0..<tokensMax).flatMap { place in speeds.map { Double(place) * $0 } }
        cosines = angles.map { Float(cos($0)) }
        sines = angles.map { Float(sin($0)) }
    }

    /// Turns the values of one head of the token at `place`.
    func rotate(_ values: UnsafeMutablePointer<Float>, place: Int) {
        let half = size / 2
        for index in 0..<half {
            let (cosine, sine) = (cosines[place * half + index], sines[place * half + index])
            let (first, second) = (values[index], values[index + half])
            values[index] = first * cosine - second * sine
            values[index + half] = second * cosine + first * sine
        }
    }

    /// Turns each row of one head, the first row at place 0; back again if asked, which is the derivative's way.
    ///
    /// - Precondition: A row has ``size`` values, and there are no more rows than places.
    func turned(_ head: Matrix, back: Bool = false) -> Matrix {
        precondition(head.columns == size && head.rows <= tokensMax, "a place for each row")
        var result = head
        let half = size / 2
        for row in 0..<head.rows {
            for index in 0..<half {
                let cosine = cosines[row * half + index]
                let sine = back ? -sines[row * half + index] : sines[row * half + index]
                let (first, second) = (head[row, index], head[row, index + half])
                result[row, index] = first * cosine - second * sine
                result[row, index + half] = second * cosine + first * sine
            }
        }
        return result
    }

    /// The same for the upper halves of floats.
    func rotate(_ values: UnsafeMutablePointer<UInt16>, place: Int) {
        let half = size / 2
        for index in 0..<half {
            let (cosine, sine) = (cosines[place * half + index], sines[place * half + index])
            let (first, second) = (Float(upperHalf: values[index]), Float(upperHalf: values[index + half]))
            values[index] = (first * cosine - second * sine).upperHalf
            values[index + half] = (second * cosine + first * sine).upperHalf
        }
    }
}

extension Float {
    /// A bfloat16's value.
    init(upperHalf bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }

    /// The nearest bfloat16, ties to even.
    var upperHalf: UInt16 {
        let bits = bitPattern
        if isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
