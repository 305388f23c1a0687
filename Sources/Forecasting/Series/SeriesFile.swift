public import Accounting
internal import Foundation

/// Reads a series of hours from a CSV file: demand, prices, requests one by one, or Electricity Maps' intensities.
///
/// Columns are found by their names, in any case, between commas, semicolons or tabs. Times are in `ds`, `timestamp`,
/// `time`, `date` or one that begins with `datetime`, as dates or in (milli)seconds since 1970; or counted in hours (`hour`)
/// or seconds (`t_s`) from ``origin`` on. Values are in the column that is named, in `y` (an amount for each row), `rps` (a
/// rate for each second), `requests`, `demand`, `value`, `count`, `queries` or `calls`. The Azure LLM inference traces have a
/// row for each request. A column that begins with `carbon intensity` makes it a file of ``ElectricityMapsCSV``.
///
/// Rows may come in any order. Finer steps than hours are added up, rates averaged; an hour of which at least half is there
/// counts for the whole. A time that comes twice with one value counts once. An empty field, `NA` or `NaN` is a gap.
public struct SeriesFile: Hashable, Sendable {
    /// The column of the values; `nil` finds it.
    public var column: String?
    /// Where clocks show the file's times, such as `Europe/Berlin`; `nil` if they are UTC or say their offset.
    public var timeZone: String?
    /// The first hour of files that count from zero; a Monday.
    public var origin = Hour(number: 96)
    /// Smaller values are refused: demand is never negative, prices are.
    public var lowest = 0.0
    /// Which emissions count in a file of intensities.
    public var scope = ElectricityMapsCSV.Scope.lifeCycle
    /// What fills gaps.
    public var gaps = GapRule()
    /// Longer files are refused.
    public var bytesMax = 256 << 20
    /// Series of more hours are refused: 50 years.
    public var hoursMax = 438_300

    /// A reader of demand with the usual limits.
    public init() {}

    /// The series in the file at `path`; it blocks.
    ///
    /// - Throws: ``SeriesError`` with the path, and the line where one is wrong.
    public func series(at path: String) throws(SeriesError) -> HourlySeries {
        try series(of: try Self.bytes(at: path, bytesMax: bytesMax), named: path)
    }

    /// The series in a file's text.
    ///
    /// - Parameters:
    ///   - text: UTF-8.
    ///   - name: What errors call the file.
    /// - Returns: The series, its gaps filled.
    /// - Throws: ``SeriesError``.
    public func series(of text: [UInt8], named name: String) throws(SeriesError) -> HourlySeries {
        var records = CSVReader(text, separator: CSVReader.separator(of: text))
        guard let header = records.next() else { throw .empty(path: name) }
        let names = try Self.fields(of: header, in: name)
        if column == nil, names.contains(where: { $0.lowercased().hasPrefix("carbon intensity") }) {
            return try intensities(in: text, named: name)
        }
        let columns = try SeriesColumns(header: names, wanted: column, of: name)
        var rows = SeriesRows(name: name, clock: try timeZone.map(LocalClock.init(zone:)), origin: origin)
        while let record = records.next() {
            try rows.add(try Self.fields(of: record, in: name), columns, lowest: lowest, line: record.line)
        }
        let hours = try rows.hours(columns.measure, hoursMax: hoursMax)
        return try gaps.series(hours.values, from: hours.start, named: name)
    }

    private func intensities(in text: [UInt8], named name: String) throws(SeriesError) -> HourlySeries {
        let readings = try CarbonText.readings(in: text, named: name, zone: nil, scope: scope, over: nil)
        guard let first = readings.first, let last = readings.last else { throw .empty(path: name) }
        let start = Hour(unixSeconds: first.start)
        var values = [Double?](repeating: nil, count: start.distance(to: Hour(unixSeconds: last.start)) + 1)
        for reading in readings {
            values[start.distance(to: Hour(unixSeconds: reading.start))] = reading.gramsPerKilowattHour
        }
        return try gaps.series(values, from: start, named: name)
    }

    static func fields(of record: CSVRecord, in name: String) throws(SeriesError) -> [String] {
        switch record.fields {
        case .success(let fields): return fields
        case .failure(let fault): throw .malformed(path: name, line: record.line, reason: fault.rawValue)
        }
    }

    /// The bytes of the file at `path`.
    static func bytes(at path: String, bytesMax: Int) throws(SeriesError) -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            let data = try handle.read(upToCount: bytesMax + 1) ?? Data()
            if data.count <= bytesMax { return Array(data) }
        } catch {
            guard FileManager.default.fileExists(atPath: path) else {
                throw .unreadable(path: path, reason: "there is no such file")
            }
            let isFolder = (try? FileManager.default.contentsOfDirectory(atPath: path)) != nil
            throw .unreadable(path: path, reason: isFolder ? "it is a folder" : error.localizedDescription)
        }
        throw .tooLong(path: path, bytesMax: bytesMax)
    }
}
