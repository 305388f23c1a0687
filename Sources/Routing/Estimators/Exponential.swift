import Glibc

func exponential(_ value: Double) -> Double { exp(value) }

/// 1/(1 + e^−x).
func logistic(_ value: Double) -> Double { 1 / (1 + exp(-value)) }

/// How likely a standard normal value is below `value`.
func normalCumulative(_ value: Double) -> Double { 0.5 * erfc(-value / 2.0.squareRoot()) }

/// `base` to the power of `exponent`, for a base of 0 or more.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }
