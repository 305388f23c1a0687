internal import Glibc

/// Counts of lengths on a logarithmic scale, from which a quantile is read: eight cells an octave, each 9 % wide.
///
/// A length that was cut off by a limit only tells that the true one is no shorter. Such counts are kept apart, and the
/// product-limit estimator of Kaplan and Meier (JASA 53, 1958) takes them for what they are. Old counts are halved from
/// time to time, so that the estimate follows a change.
struct LengthHistogram: Sendable {
    /// A quantile as it was at a time.
    private struct Known: Sendable {
        let share: Double
        let length: Int?
        /// The sum of all counts then.
        let total: Float
    }

    private static let cellsPerOctave = 8
    /// 2^23 and longer lie in the last cell.
    private static let cellCount = 23 * cellsPerOctave + 1

    private var whole = [Float](repeating: 0, count: Self.cellCount)
    private var cut = [Float](repeating: 0, count: Self.cellCount)
    /// The sum of all counts.
    private(set) var total: Float = 0
    /// The sum of all lengths that are counted, of those that were cut off what there was of them.
    private var sum: Float = 0
    /// The sum of their ratios.
    private var ratios: Float = 0
    private var known: Known?

    /// Counts one length of 0 or more.
    ///
    /// - Parameters:
    ///   - length: The length.
    ///   - isCut: Whether a limit ended it.
    ///   - ratio: How many times as long as usual it was expected to be, above 0; 1 where that isn't known.
    ///   - memory: Counts are halved when their sum reaches twice this.
    mutating func count(_ length: Int, isCut: Bool, ratio: Double = 1, memory: Int) {
        let cell = Self.cell(of: length)
        if isCut { cut[cell] += 1 } else { whole[cell] += 1 }
        total += 1
        sum += Float(max(length, 0))
        ratios += Float(ratio)
        guard total >= Float(2 * max(memory, 1)) else { return }
        for cell in whole.indices {
            whole[cell] /= 2
            cut[cell] /= 2
        }
        total /= 2
        sum /= 2
        ratios /= 2
    }

    /// The mean of the lengths as they were, limits included; `nil` without any.
    var mean: Double? { total > 0 ? Double(sum) / Double(total) : nil }

    /// The mean length of answers of ratio 1; `nil` without any.
    ///
    /// The ratio estimator of survey sampling: with it expected lengths, this times each answer's ratio, add up to those that
    /// came, though answers here may on the whole be longer than those that ratios were learned from.
    var level: Double? { ratios > 0 ? Double(sum) / Double(ratios) : nil }

    /// A length that the next one does not exceed with a probability of `share`.
    ///
    /// `nil` if there are too few counts to tell; the range's end if too many were cut off before it. It is worked out
    /// anew when a sixty-fourth of the counts are new.
    mutating func quantile(_ share: Double) -> Int? {
        if let known, known.share == share, abs(total - known.total) * 64 < total { return known.length }
        let length = exactQuantile(share)
        known = Known(share: share, length: length, total: total)
        return length
    }

    private func exactQuantile(_ share: Double) -> Int? {
        // The next length is as likely to be any of n + 1 in rank, so of n counts a slightly higher rank is needed.
        let total = Double(total)
        let rank = share * (total + 1) / max(total, 1)
        guard total > 0, rank <= 1 else { return nil }
        var survival = 1.0
        var atRisk = total
        for cell in whole.indices where atRisk > 0 {
            survival *= 1 - Double(whole[cell]) / atRisk
            // A rounding error must not make it walk on through empty cells.
            if survival <= 1 - rank + 1e-9 { return Self.upperEnd(of: cell) }
            atRisk -= Double(whole[cell]) + Double(cut[cell])
        }
        return .max
    }

    private static func cell(of length: Int) -> Int {
        guard length > 1 else { return 0 }
        // The longest of cell c is 2^(c / 8), rounded down.
        let exact = (log2(Double(length)) * Double(cellsPerOctave)).rounded(.up)
        return min(Int(exact), cellCount - 1)
    }

    /// The longest length that lies in `cell`.
    private static func upperEnd(of cell: Int) -> Int {
        cell == cellCount - 1 ? .max : Int(exp2(Double(cell) / Double(cellsPerOctave)))
    }
}
