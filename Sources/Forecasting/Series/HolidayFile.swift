internal import Accounting
public import Domain

/// Reads holidays from a CSV file with the columns `ds`, a day, and `holiday`, what days have in common: Prophet's form.
public enum HolidayFile {
    /// Days by their holiday's name; it blocks.
    ///
    /// - Parameter path: Where the file is.
    /// - Returns: Every day of each name.
    /// - Throws: ``SeriesError`` with the path, and the line where one is wrong.
    public static func holidays(at path: String) throws(SeriesError) -> [String: Set<Day>] {
        try holidays(in: try SeriesFile.bytes(at: path, bytesMax: 16 << 20), named: path)
    }

    static func holidays(in text: [UInt8], named name: String) throws(SeriesError) -> [String: Set<Day>] {
        var records = CSVReader(text)
        guard
            let header = try records.next().map({ record throws(SeriesError) in
                try SeriesFile.fields(of: record, in: name)
            })
        else { throw .empty(path: name) }
        let names = header.map { $0.trimmed.lowercased() }
        guard let dayColumn = names.firstIndex(of: "ds") else {
            throw .columnMissing(path: name, wanted: "ds", found: header)
        }
        guard let nameColumn = names.firstIndex(of: "holiday") else {
            throw .columnMissing(path: name, wanted: "holiday", found: header)
        }
        var holidays: [String: Set<Day>] = [:]
        while let record = records.next() {
            let fields = try SeriesFile.fields(of: record, in: name)
            guard fields.count > max(dayColumn, nameColumn), let day = Day(fields[dayColumn].trimmed) else {
                throw .malformed(path: name, line: record.line, reason: "no day such as 2023-12-25")
            }
            holidays[fields[nameColumn].trimmed, default: []].insert(day)
        }
        return holidays
    }
}
