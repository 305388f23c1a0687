/// The sum of products of two equally long runs of numbers, in an order that does not depend on the machine.
///
/// - Precondition: They are equally long.
/// - Complexity: O(count), no allocation.
public func dotProduct(_ left: Span<Double>, _ right: Span<Double>) -> Double {
    precondition(left.count == right.count, "equally long runs")
    // Two sums, so that one addition need not wait for the other.
    var (even, odd) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    let count = left.count
    let end = count & ~7
    for index in stride(from: 0, to: end, by: 8) {
        even += four(of: left, from: index) * four(of: right, from: index)
        odd += four(of: left, from: index + 4) * four(of: right, from: index + 4)
    }
    var sum = (even + odd).sum()
    for index in end..<count { sum += left[index] * right[index] }
    return sum
}

@inline(__always)
private func four(of values: Span<Double>, from index: Int) -> SIMD4<Double> {
    SIMD4(values[index], values[index + 1], values[index + 2], values[index + 3])
}
