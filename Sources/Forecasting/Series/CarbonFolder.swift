public import Accounting
internal import Domain
internal import Foundation

/// A folder of Electricity Maps' files, one for each zone and year: `DE-LU_2023_hourly.csv`.
public struct CarbonFolder: Hashable, Sendable {
    /// Where the files are.
    public let path: String
    /// Which emissions count.
    public var scope = ElectricityMapsCSV.Scope.lifeCycle
    /// What fills gaps.
    public var gaps = GapRule()
    /// Whether a first year without a file is the next one 365 days earlier, as Quality Time's experiments have it for 2020.
    public var canBorrowFirstYear = false
    /// Longer files are refused.
    public var bytesMax = 64 << 20

    /// The folder at `path`.
    public init(path: String) { self.path = path }

    /// Where the file of a zone and a year is expected.
    public func file(zone: String, year: Int) -> String { "\(path)/\(zone)_\(year)_hourly.csv" }

    /// Every hour of these years in a zone, in grams of CO2e for each kilowatt-hour; it blocks.
    ///
    /// - Throws: ``SeriesError``; for a missing file with the path where it was expected.
    public func series(zone: String, years: ClosedRange<Int>) throws(SeriesError) -> HourlySeries {
        let isName = zone.utf8.allSatisfy { $0 == 45 || $0 == 95 || (48...57).contains($0) || isLetter($0) }
        guard isName, !zone.isEmpty else { throw .zoneInvalid(zone) }
        let hours = Hour.years(years)
        var values = [Double?](repeating: nil, count: hours.count)
        for year in years {
            var (source, days) = (year, 0)
            if canBorrowFirstYear, year == years.lowerBound, years.count > 1, !exists(zone, year) {
                (source, days) = (year + 1, 365)
            }
            for reading in try readings(zone: zone, year: source) {
                let hour = Hour(unixSeconds: reading.start).advanced(by: -24 * days)
                // A borrowed year that is a day shorter leaves its last day to the file that follows, or to the rule.
                guard Hour.years(year...year).contains(hour) else { continue }
                values[hours.lowerBound.distance(to: hour)] = reading.gramsPerKilowattHour
            }
        }
        return try gaps.series(values, from: hours.lowerBound, named: file(zone: zone, year: years.lowerBound))
    }

    private func exists(_ zone: String, _ year: Int) -> Bool {
        FileManager.default.fileExists(atPath: file(zone: zone, year: year))
    }

    private func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte & ~32) }

    /// A reading for each hour that the file of a year has.
    private func readings(zone: String, year: Int) throws(SeriesError) -> [IntensityReading] {
        let file = file(zone: zone, year: year)
        let bytes: [UInt8]
        do throws(SeriesError) {
            bytes = try SeriesFile.bytes(at: file, bytesMax: bytesMax)
        } catch .unreadable(let path, let reason) {
            let names = zones.map { $0.lowercased() }
            let near = nearestName(to: zone, in: names).flatMap { $0 == zone.lowercased() ? nil : $0.uppercased() }
            throw .unreadable(path: path, reason: reason + (near.map { "; there are files of \($0)" } ?? ""))
        }
        let range = Hour.years(year...year)
        return try CarbonText.readings(in: bytes, named: file, zone: zone, scope: scope, over: range)
    }

    /// The zones of which there are files.
    public var zones: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let zones = names.filter { $0.hasSuffix("_hourly.csv") }.map { String($0.dropLast(16)) }
        return Set(zones.filter { !$0.isEmpty }).sorted()
    }
}
