import Glibc

extension Float {
    var exponential: Float { expf(self) }
    var logarithm: Float { logf(self) }
    var cosine: Float { cosf(self) }
    var sigmoid: Float { 1 / (1 + expf(-self)) }
    /// The logarithm of a probability, which of one that was rounded to 0 is finite as well.
    var flooredLogarithm: Float { logf(max(self, .leastNormalMagnitude)) }

    func power(_ exponent: Float) -> Float { powf(self, exponent) }
}
