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
    /// The zone that its rows are of, where it has a column for it, such as `DE-LU`.
    public let zone: String?
    /// Rows that cannot be read or have no time or value: they leave gaps.
    public let rowsSkipped: Int

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - text: UTF-8, as ``CSVReader`` takes it.
    ///   - scope: Which of its two columns.
    ///   - readingsMax: More rows are refused.
    /// - Throws: ``IntensityError`` if a column is missing, if times have no offset and their column does not say UTC, if
    ///   rows are of several zones, or if it is too long. A local time without its offset would be ambiguous when clocks are put back.
    public init(_ text: [UInt8], scope: Scope, readingsMax: Int) throws(IntensityError) {
        let separator = CSVReader.separator(of: text)
        var rows = CSVReader(text, separator: separator).lazy.map { (try? $0.fields.get()) ?? [] }.makeIterator()
        guard let header = rows.next() else { throw .missing("header") }
        let columns = try Columns(header: header, scope: scope)
        var (readings, skipped) = ([] as [IntensityReading], 0)
        var zone: String?
        while let fields = rows.next() {
            guard readings.count < readingsMax else { throw .tooLong(readingsMax: readingsMax) }
            if let name = columns.zone(of: fields) {
                guard zone == nil || zone == name else { throw .zonesMixed(zone ?? "", name) }
                zone = name
            }
            if let reading = try columns.reading(of: fields) { readings.append(reading) } else { skipped += 1 }
        }
        self.readings = readings
        self.zone = zone
        rowsSkipped = skipped
    }

    /// Where in a row the fields are.
    private struct Columns {
        private let time: Int
        private let isTimeUTC: Bool
        private let value: Int
        private let estimated: Int?
        private let zone: Int?

        init(header: [String], scope: Scope) throws(IntensityError) {
            let names = header.map { $0.lowercased() }
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
            zone = names.firstIndex { $0 == "zone id" }
        }

        func zone(of fields: [String]) -> String? {
            zone.flatMap { $0 < fields.count && !fields[$0].isEmpty ? fields[$0] : nil }
        }

        func reading(of fields: [String]) throws(IntensityError) -> IntensityReading? {
            guard fields.count > max(time, value), let instant = Timestamp.parse(Array(fields[time].utf8)[...])
            else { return nil }
            guard isTimeUTC || instant.hasOffset else { throw .offsetUnknown }
            guard let grams = Double(fields[value]) else { return nil }
            let isEstimated = estimated.flatMap { $0 < fields.count ? fields[$0].lowercased() : nil } ?? ""
            return IntensityReading(
                start: instant.unixSeconds,
                gramsPerKilowattHour: grams,
                kind: ["1", "true"].contains(isEstimated) ? .estimated : .measured
            )
        }
    }
}
