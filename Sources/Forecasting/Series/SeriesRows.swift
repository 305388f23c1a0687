internal import Accounting

/// The rows of a file while it is read: what was said for which time, and on which line first.
struct SeriesRows {
    private struct Reading {
        let line: Int
        /// `nil` for a gap that the file itself marks.
        let value: Double?
    }

    private let name: String
    private let clock: LocalClock?
    private let origin: Hour
    private var readings: [Int64: Reading] = [:]
    private var counts: [Int64: Int] = [:]

    init(name: String, clock: LocalClock?, origin: Hour) {
        self.name = name
        self.clock = clock
        self.origin = origin
    }

    /// Takes in one row.
    ///
    /// - Throws: ``SeriesError/malformed(path:line:reason:)``.
    mutating func add(
        _ fields: [String],
        _ columns: SeriesColumns,
        lowest: Double,
        line: Int
    ) throws(SeriesError) {
        guard fields.count > max(columns.time, columns.value ?? 0) else {
            throw wrong(line, fields.count == 1 ? "only one field" : "only \(fields.count) fields")
        }
        let candidates = try times(of: fields[columns.time].trimmed, columns.clock, line: line)
        guard let index = columns.value else {
            // Which of two hours a request was in that clocks showed alike can't be told: the earlier one.
            counts[Hour(unixSeconds: candidates[0]).unixSeconds, default: 0] += 1
            return
        }
        let reading = Reading(line: line, value: try value(of: fields[index].trimmed, lowest: lowest, line: line))
        // Of times that clocks show twice, the first row is the earlier one.
        let time = candidates.first { readings[$0] == nil } ?? candidates[candidates.count - 1]
        if let known = readings[time] {
            guard known.value == reading.value else {
                throw wrong(
                    line,
                    "\(fields[columns.time]) had another value on line \(known.line); "
                        + "if these are local times, say in which time zone"
                )
            }
        } else {
            readings[time] = reading
        }
    }

    /// Amounts by the hour.
    ///
    /// - Throws: ``SeriesError/empty(path:)``, ``SeriesError/tooManyHours(path:hoursMax:)``, or
    ///   ``SeriesError/unsuitable(path:reason:)`` for steps longer than an hour.
    func hours(
        _ measure: SeriesColumns.Measure,
        hoursMax: Int
    ) throws(SeriesError) -> (start: Hour, values: [Double?]) {
        let times = (counts.isEmpty ? Array(readings.keys) : Array(counts.keys)).sorted()
        guard let first = times.first, let last = times.last else { throw .empty(path: name) }
        let start = Hour(unixSeconds: first)
        let count = start.distance(to: Hour(unixSeconds: last)) + 1
        guard count <= hoursMax else { throw .tooManyHours(path: name, hoursMax: hoursMax) }
        if !counts.isEmpty {
            // A request-by-request trace leaves no gap: an hour without a row had no request.
            let hours = (0..<count).map { Double(counts[start.advanced(by: $0).unixSeconds] ?? 0) }
            return (start, hours)
        }
        let step = try Self.usualStep(of: times, in: name)
        var sums = [Double](repeating: 0, count: count)
        var seen = [Int](repeating: 0, count: count)
        for time in times {
            guard let value = readings[time]?.value else { continue }
            let hour = start.distance(to: Hour(unixSeconds: time))
            sums[hour] += value
            seen[hour] += 1
        }
        let whole = Double(3600 / step)
        let values = (0..<count).map { hour -> Double? in
            guard Double(seen[hour]) >= max(whole / 2, 1) else { return nil }
            let mean = sums[hour] / Double(seen[hour])
            return measure == .rate ? mean * 3600 : mean * whole
        }
        return (start, values)
    }

    /// The step that most neighbours are apart by, in seconds; a whole hour if there is but one time.
    private static func usualStep(of times: [Int64], in name: String) throws(SeriesError) -> Int64 {
        var counts: [Int64: Int] = [:]
        for (time, next) in zip(times, times.dropFirst()) { counts[next - time, default: 0] += 1 }
        let step = counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key ?? 3600
        guard step <= 3600, 3600 % step == 0 else {
            throw .unsuitable(path: name, reason: "its rows are \(step) s apart, which makes no hours")
        }
        return step
    }

    /// When a row may have been: two times in the hour that comes twice when clocks are put back.
    private func times(
        of text: String,
        _ kind: SeriesColumns.Clock,
        line: Int
    ) throws(SeriesError) -> [Int64] {
        switch kind {
        case .steps(let seconds):
            guard let number = Double(text), let steps = Int64(exactly: number), (0...1 << 40).contains(steps) else {
                throw wrong(line, "\"\(text)\" is no whole number of steps from zero")
            }
            return [origin.unixSeconds + steps * seconds]
        case .text:
            // Seconds since 1970, or milliseconds: a number so large is no year.
            if let number = Int64(text), (100_000_000..<1 << 50).contains(number) {
                return [number >= 100_000_000_000 ? number / 1000 : number]
            }
            guard let time = Timestamp.parse(Array(text.utf8)[...]) else {
                throw wrong(line, "\"\(text)\" is no time such as 2023-01-31 07:00:00")
            }
            guard let clock, !time.hasOffset else { return [time.unixSeconds] }
            let instants = clock.instants(showing: time.unixSeconds)
            guard !instants.isEmpty else {
                throw wrong(line, "clocks of the time zone never showed \(text): they were put forward over it")
            }
            return instants
        }
    }

    private func value(of text: String, lowest: Double, line: Int) throws(SeriesError) -> Double? {
        if ["", "na", "n/a", "nan", "null"].contains(text.lowercased()) { return nil }
        guard let value = Double(text), value.isFinite else { throw wrong(line, "\"\(text)\" is no number") }
        guard value.magnitude <= Self.most else { throw wrong(line, "\(text) is beyond 1e15") }
        guard value >= lowest else { throw wrong(line, "\(text) is below \(lowest)") }
        return value
    }

    /// Sums of squares of larger values would lose their digits.
    private static let most = 1e15

    private func wrong(_ line: Int, _ reason: String) -> SeriesError {
        .malformed(path: name, line: line, reason: reason)
    }
}
