internal import Accounting

/// The text of one of Electricity Maps' files.
enum CarbonText {
    /// A year of readings every five minutes.
    private static let readingsMax = 106_000

    /// Readings by the hour; with no range, from the first to the last there is.
    ///
    /// - Throws: ``SeriesError``, also if the file names another zone than `zone`.
    static func readings(
        in text: [UInt8],
        named name: String,
        zone: String?,
        scope: ElectricityMapsCSV.Scope,
        over range: Range<Hour>?
    ) throws(SeriesError) -> [IntensityReading] {
        let file: ElectricityMapsCSV
        do throws(IntensityError) {
            file = try ElectricityMapsCSV(text, scope: scope, readingsMax: readingsMax)
        } catch {
            throw .unsuitable(path: name, reason: error.reason)
        }
        if let zone, let found = file.zone, found != zone {
            throw .unsuitable(path: name, reason: "its rows are of the zone \(found), not \(zone)")
        }
        var series = IntensitySeries(readingsMax: readingsMax)
        series.insert(file.readings)
        guard let first = series.readings.first, let last = series.readings.last else { throw .empty(path: name) }
        let whole = Hour(unixSeconds: first.start)..<Hour(unixSeconds: last.start).advanced(by: 1)
        guard whole.count <= readingsMax else { throw .tooManyHours(path: name, hoursMax: readingsMax) }
        let hours = (range ?? whole).clamped(to: whole)
        return series.resampled(over: hours.lowerBound.unixSeconds..<hours.upperBound.unixSeconds, step: 3600)
    }
}

extension IntensityError {
    /// What is wrong, without a full stop.
    fileprivate var reason: String {
        switch self {
        case .malformed(let reason), .refused(let reason): reason
        case .missing(let column): "it has no \(column)"
        case .unitUnknown(let unit): "\(unit) is no unit of intensity"
        case .offsetUnknown: "its times have no offset, and their column does not say UTC"
        case .zoneInvalid: "it names no zone"
        case .zonesMixed(let first, let second): "its rows are of several zones, \(first) and \(second) among them"
        case .tooLong(let readingsMax): "it has more than \(readingsMax) readings"
        }
    }
}
