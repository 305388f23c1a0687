/// The calls and failures of the last span of time, to a tenth of it: constant memory, whatever the rate.
struct OutcomeWindow: Sendable {
    private struct Slice: Sendable {
        /// Which tenth since the clock's beginning; a slice of another one is empty.
        var number: UInt64 = .max
        var calls = 0
        var failures = 0
    }

    private static let sliceCount = 10
    private let sliceNanoseconds: UInt64
    private var slices = [Slice](repeating: Slice(), count: sliceCount)

    /// An empty window of `span` nanoseconds.
    init(span: Int64) { sliceNanoseconds = UInt64(max(span / Int64(Self.sliceCount), 1)) }

    mutating func insert(isFailure: Bool, now: UInt64) {
        let number = now / sliceNanoseconds
        let place = Int(number % UInt64(Self.sliceCount))
        if slices[place].number != number { slices[place] = Slice(number: number) }
        slices[place].calls += 1
        if isFailure { slices[place].failures += 1 }
    }

    func counts(now: UInt64) -> (calls: Int, failures: Int) {
        let number = now / sliceNanoseconds
        var sum = (calls: 0, failures: 0)
        for slice in slices where slice.number <= number && number - slice.number < UInt64(Self.sliceCount) {
            sum.calls += slice.calls
            sum.failures += slice.failures
        }
        return sum
    }
}
