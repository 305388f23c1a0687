import Accounting
import Domain
import Testing

@Suite struct ElectricityMapsCSVTests {
    private let header =
        "Datetime (UTC),Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA),Data Estimated\n"

    /// Two days of the real thing, one of them with 23 hours in London, and 24 in UTC.
    @Test func readsARealFile() throws {
        let text = try fixture("GB_2022-03-26_hourly.csv")
        let file = try ElectricityMapsCSV(text, scope: .lifeCycle, readingsMax: 100)
        #expect(file.readings.count == 48)
        #expect(file.rowsSkipped == 0)
        #expect(zip(file.readings, file.readings.dropFirst()).allSatisfy { $1.start - $0.start == 3600 })
        #expect(file.readings[0].start == 1_648_252_800)
        let direct = try ElectricityMapsCSV(text, scope: .direct, readingsMax: 100)
        #expect(zip(direct.readings, file.readings).allSatisfy { $0.gramsPerKilowattHour < $1.gramsPerKilowattHour })
    }

    @Test func marksWhatWasEstimated() throws {
        let rows = "2022-01-01 00:00:00,1,2,0\n2022-01-01 01:00:00,1,2,1\n2022-01-01 02:00:00,1,2,True\n"
        let kinds = try parse(header + rows).readings.map(\.kind)
        #expect(kinds == [.measured, .estimated, .estimated])
    }

    /// A row without a value is a gap, not a zero; one that is no row is counted, not fatal.
    @Test func leavesGapsWhereThereIsNoValue() throws {
        let rows = "2022-01-01 00:00:00,1,,0\nnonsense\n2022-01-01 02:00:00,1,7,0\r\n\n2022-01-01 03:00:00,1,-7,0"
        let file = try parse(header + rows)
        #expect(file.readings.map(\.gramsPerKilowattHour) == [7])
        #expect(file.rowsSkipped == 3)
    }

    /// When clocks are put back, an hour comes twice: with offsets both are told apart, without them the file is refused.
    @Test func tellsTheHourThatComesTwiceApart() throws {
        let local = header.replacing("Datetime (UTC)", with: "Datetime")
        let rows = "2022-10-30T02:00:00+02:00,1,10,0\n2022-10-30T02:00:00+01:00,1,20,0\n"
        let starts = try parse(local + rows).readings.map(\.start)
        #expect(starts == [1_667_088_000, 1_667_091_600])
        #expect(throws: IntensityError.offsetUnknown) { try parse(local + "2022-10-30 02:00:00,1,10,0\n") }
    }

    /// Rows in disorder and twice: the series puts them right.
    @Test func leavesOrderAndDuplicatesToTheSeries() throws {
        let rows = "2022-01-01 01:00:00,1,20,0\n2022-01-01 00:00:00,1,10,0\n2022-01-01 01:00:00,1,21,1\n"
        var series = IntensitySeries(readingsMax: 10)
        series.insert(try parse(header + rows).readings)
        #expect(series.readings.map(\.gramsPerKilowattHour) == [10, 20])
    }

    /// The portal's newer names, more columns, quotes, and a byte order mark.
    @Test func findsColumnsByTheirNames() throws {
        let text = """
            \u{FEFF}Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),\
            Carbon intensity gCO₂eq/kWh (Life cycle),Carbon-free energy percentage (CFE%),Data source,Data estimated\r
            2024-06-01 00:00:00,Germany,"Germany, with Luxembourg",DE,300.5,350.25,40,entsoe.eu,false\r\n
            """
        let file = try parse(text)
        #expect(file.readings.map(\.gramsPerKilowattHour) == [350.25])
        #expect(file.readings.map(\.kind) == [.measured])
        #expect(file.zone == "DE")
    }

    @Test func refusesTwoZonesInOneFile() {
        let header = "Datetime (UTC),Zone id,Carbon intensity (lca)\n"
        let rows = "2024-06-01 00:00:00,DE,1\n2024-06-01 01:00:00,FR,1\n"
        #expect(throws: IntensityError.zonesMixed("DE", "FR")) { try parse(header + rows) }
    }

    @Test func refusesFilesThatAreSomethingElse() {
        #expect(throws: IntensityError.missing("header")) { try parse("") }
        #expect(throws: IntensityError.missing("Datetime")) { try parse("a,b,c\n1,2,3\n") }
        #expect(throws: IntensityError.missing("Carbon Intensity (lca)")) { try parse("Datetime (UTC),x\n") }
        let rows = String(repeating: "2022-01-01 00:00:00,1,2,0\n", count: 11)
        #expect(throws: IntensityError.tooLong(readingsMax: 10)) { try parse(header + rows) }
    }

    /// Whatever becomes of a file on its way, it gives readings or an error.
    @Test(arguments: 0..<100)
    func neverTraps(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let text = mutated(Array(try fixture("GB_2022-03-26_hourly.csv").prefix(600)), using: &generator)
        let file = try? ElectricityMapsCSV(text, scope: .lifeCycle, readingsMax: 100)
        for reading in file?.readings ?? [] { #expect((0...5000).contains(reading.gramsPerKilowattHour)) }
    }

    private func parse(_ text: String) throws -> ElectricityMapsCSV {
        try ElectricityMapsCSV(Array(text.utf8), scope: .lifeCycle, readingsMax: 10)
    }
}
