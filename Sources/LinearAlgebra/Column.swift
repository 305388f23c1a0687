/// A run of numbers by fours, so that sums of products take four at once; what is left of the last four is 0.
public struct Column: Sendable {
    private let fours: [SIMD4<Double>]

    /// The first `count` of `values`.
    ///
    /// - Precondition: There are so many.
    public init(_ values: [Double], count: Int) {
        precondition(count <= values.count, "as many values")
        var fours = [SIMD4<Double>](repeating: .zero, count: (count + 3) / 4)
        for index in 0..<count { fours[index / 4][index % 4] = values[index] }
        self.fours = fours
    }

    /// All of `values`.
    public init(_ values: [Double]) { self.init(values, count: values.count) }

    /// The sum of products with the numbers of `other`, in an order that does not depend on the machine.
    ///
    /// - Precondition: Both are as long.
    /// - Complexity: O(count), no allocation.
    public func product(_ other: Column) -> Double {
        precondition(fours.count == other.fours.count, "columns as long as each other")
        let (left, right) = (fours.span, other.fours.span)
        // Two sums, so that one addition need not wait for the other.
        var (even, odd) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
        let end = left.count & ~1
        for index in stride(from: 0, to: end, by: 2) {
            even += left[index] * right[index]
            odd += left[index + 1] * right[index + 1]
        }
        if end < left.count { even += left[end] * right[end] }
        return (even + odd).sum()
    }
}
