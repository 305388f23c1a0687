internal import Foundation

/// Turns the times that clocks on a wall show into time, where they are put forward and back.
struct LocalClock {
    private let zone: TimeZone

    /// The clocks of a zone of the tz database, such as `Europe/Berlin`.
    ///
    /// - Throws: ``SeriesError/timeZoneUnknown(_:)``.
    init(zone name: String) throws(SeriesError) {
        guard let zone = TimeZone(identifier: name) else { throw .timeZoneUnknown(name) }
        self.zone = zone
    }

    /// When clocks show a time: once as a rule, twice when they are put back, never in the hour that is left out.
    ///
    /// - Parameter wallSeconds: What they show, as if it were UTC, in seconds since 1970.
    /// - Returns: The times in seconds since 1970, the earlier one first.
    func instants(showing wallSeconds: Int64) -> [Int64] {
        // Clocks change at most once in two days, so both offsets that can hold are those of a day before and behind.
        let offsets = Set([wallSeconds - 86_400, wallSeconds + 86_400].map(offset(at:)))
        return offsets.map { wallSeconds - $0 }.filter { offset(at: $0) == wallSeconds - $0 }.sorted()
    }

    private func offset(at unixSeconds: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(unixSeconds))))
    }
}
