/// The files of Electricity Maps' data portal: a header, then a row for each hour (or day, month, five minutes).
///
/// Columns are found by their names, which differ between years of the portal: a time, the direct and the life-cycle
/// intensity, and whether a row is estimated. Other columns are passed over.
public struct ElectricityMapsCSV: Hashable, Sendable {
    /// Which emissions are counted.
    public enum Scope: String, CaseIterable, Hashable, Sendable, Codable {
        /// Those of burning fuel.
        case direct
        /// Building the plants and bringing them fuel too: wind is not zero.
        case lifeCycle = "life_cycle"
    }

    /// What the file says, by its rows; give it to an ``IntensitySeries`` for order and without duplicates.
    public let readings: [IntensityReading]
    /// Rows without a time or a value: they leave gaps.
    public let rowsSkipped: Int

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - text: UTF-8, with or without a byte order mark; lines end in LF or CRLF.
    ///   - scope: Which of its two columns.
    ///   - readingsMax: More rows are refused.
    /// - Throws: ``IntensityError`` if a column is missing, if times have no offset and their column does not say UTC, or
    ///   if it is too long. A local time without its offset would be ambiguous when clocks are put back.
    public init(_ text: [UInt8], scope: Scope, readingsMax: Int) throws(IntensityError) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let lines = (text.starts(with: mark) ? text.dropFirst(3) : text[...]).split { $0 == 0x0A || $0 == 0x0D }
        guard let header = lines.first else { throw .missing("header") }
        let columns = try Columns(header: header, scope: scope)
        var (readings, skipped) = ([] as [IntensityReading], 0)
        for line in lines.dropFirst() {
            guard readings.count < readingsMax else { throw .tooLong(readingsMax: readingsMax) }
            if let reading = try columns.reading(in: line) { readings.append(reading) } else { skipped += 1 }
        }
        self.readings = readings
        rowsSkipped = skipped
    }

    /// Where in a row the fields are.
    private struct Columns {
        private let time: Int
        private let isTimeUTC: Bool
        private let value: Int
        private let estimated: Int?

        init(header: ArraySlice<UInt8>, scope: Scope) throws(IntensityError) {
            let names = fields(of: header).map { String(decoding: $0, as: UTF8.self).lowercased() }
            guard let time = names.firstIndex(where: { $0.hasPrefix("datetime") }) else { throw .missing("Datetime") }
            let endings = scope == .direct ? ["(direct)"] : ["(lca)", "(life cycle)", "(lifecycle)"]
            let value = names.firstIndex { name in
                name.hasPrefix("carbon intensity") && endings.contains { name.hasSuffix($0) }
            }
            guard let value else { throw .missing("Carbon Intensity \(endings[0])") }
            self.time = time
            self.value = value
            isTimeUTC = names[time].contains("utc")
            estimated = names.firstIndex { $0 == "data estimated" }
        }

        func reading(in line: ArraySlice<UInt8>) throws(IntensityError) -> IntensityReading? {
            let fields = fields(of: line)
            guard fields.count > max(time, value), let instant = Timestamp.parse(fields[time]) else { return nil }
            guard isTimeUTC || instant.hasOffset else { throw .offsetUnknown }
            guard let grams = Double(String(decoding: fields[value], as: UTF8.self)) else { return nil }
            let flag = estimated.flatMap { $0 < fields.count ? fields[$0] : nil }
            let isEstimated = flag.map { String(decoding: $0, as: UTF8.self).lowercased() } ?? ""
            return IntensityReading(
                start: instant.unixSeconds,
                gramsPerKilowattHour: grams,
                kind: ["1", "true"].contains(isEstimated) ? .estimated : .measured
            )
        }
    }
}

/// The fields of a line (RFC 4180, §2), without their quotes; none of these files has a quote inside of a field.
private func fields(of line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var fields: [ArraySlice<UInt8>] = []
    var (start, isQuoted) = (line.startIndex, false)
    for index in line.indices {
        if line[index] == UInt8(ascii: "\"") { isQuoted.toggle() }
        guard line[index] == UInt8(ascii: ","), !isQuoted else { continue }
        fields.append(line[start..<index])
        start = index + 1
    }
    fields.append(line[start...])
    return fields.map { field in
        let isInQuotes = field.count >= 2 && field.first == UInt8(ascii: "\"") && field.last == UInt8(ascii: "\"")
        return isInQuotes ? field.dropFirst().dropLast() : field
    }
}
