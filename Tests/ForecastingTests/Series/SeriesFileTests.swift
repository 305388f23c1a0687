import Domain
import Foundation
import Testing

@testable import Forecasting

@Suite struct SeriesFileTests {
    private func parse(_ text: String, _ change: (inout SeriesFile) -> Void = { _ in }) throws -> HourlySeries {
        var file = SeriesFile()
        change(&file)
        return try file.series(of: Array(text.utf8), named: "demand.csv")
    }

    @Test func readsADemandTrace() throws {
        let series = try parse("ds,y\n2014-07-01 00:00:00,18971\n2014-07-01 01:00:00,10866\n")
        #expect("\(series.start)" == "2014-07-01T00:00Z")
        #expect(series.values == [18971, 10866])
        #expect(series.filled.isEmpty)
    }

    /// Rows that are numbered begin on a Monday, unless it is said when.
    @Test func readsAFileThatCountsItsHours() throws {
        let text = "hour,y,mean_input_tokens_6h\n0,739275.0,359.8\n1,828743.0,359.8\n"
        #expect(try parse(text).values == [739_275, 828_743])
        #expect(try parse(text).start.hourOfWeek == 0)
        #expect(try parse(text) { $0.origin = Hour(year: 2023) }.start == Hour(year: 2023))
    }

    @Test func makesHoursOfRates() throws {
        let rows = (0..<12).map { "\($0 * 600),\($0 < 6 ? 2 : 3)" }.joined(separator: "\n")
        #expect(try parse("t_s,rps\n\(rows)\n").values == [7200, 10800])
    }

    /// Half hours are added up; one of which its half is there counts twice.
    @Test func addsFinerStepsUp() throws {
        let text = """
            timestamp,y
            2014-07-01 00:00:00,10
            2014-07-01 00:30:00,20
            2014-07-01 01:00:00,5
            2014-07-01 01:30:00,6
            2014-07-01 02:00:00,7
            """
        #expect(try parse(text).values == [30, 11, 14])
    }

    /// Files of others: columns in any order and by other names, semicolons and tabs, seconds and milliseconds since 1970.
    @Test(arguments: [
        "requests,timestamp\n1,2023-01-01 00:00\n2,2023-01-01 01:00\n",
        "datetime_utc;value;comment\n2023-01-01 00:00;1;a,b\n2023-01-01 01:00;2;\n",
        "time\tqueries\n2023-01-01T00:00Z\t1\n2023-01-01T01:00Z\t2\n",
        "timestamp,y\n1672531200,1\n1672534800,2\n",
        "timestamp,y\n1672531200000,1\n1672534800000,2\n",
    ])
    func readsFilesOfOthers(text: String) throws {
        let series = try parse(text)
        #expect("\(series.start)" == "2023-01-01T00:00Z")
        #expect(series.values == [1, 2])
    }

    @Test func countsRequests() throws {
        let text = """
            TIMESTAMP,ContextTokens,GeneratedTokens
            2023-11-16 18:17:03.9799600,4808,10
            2023-11-16 18:59:59.9999999,3180,8
            2023-11-16 20:00:00.0000000,110,27
            """
        #expect(try parse(text).values == [2, 0, 1])
    }

    @Test func takesRowsInAnyOrderAndTwice() throws {
        let text = "ds,y\n2023-01-01 01:00,2\n2023-01-01 00:00,1\n2023-01-01 01:00,2\n"
        #expect(try parse(text).values == [1, 2])
    }

    @Test(arguments: ["", "NA", "NaN", "null", " "])
    func fillsWhatIsNotThere(value: String) throws {
        let rows = (0..<8).map { "2023-01-01 0\($0):00:00,\($0 == 3 ? value : "\($0)")" }.joined(separator: "\n")
        let series = try parse("ds,y\n\(rows)")
        #expect(series.values == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(series.filled == [3..<4])
    }

    @Test(arguments: [
        ("ds,y\n2023-01-01 00:00,1\n2023-01-01 01:00,-2", "demand.csv:3: -2 is below 0.0"),
        ("ds,y\n2023-01-01 00:00,x", "demand.csv:2: \"x\" is no number"),
        ("ds,y\n2023-01-01 00:00,inf", "demand.csv:2: \"inf\" is no number"),
        ("ds,y\n2023-01-32 00:00,1", "demand.csv:2: \"2023-01-32 00:00\" is no time such as 2023-01-31 07:00:00"),
        ("ds,y\n2023-01-01 00:00", "demand.csv:2: only one field"),
        ("ds,y\n\n\n2023-01-01 00:00,\"1", "demand.csv:4: a quoted field does not end"),
        ("hour,y\n0.5,1", "demand.csv:2: \"0.5\" is no whole number of steps from zero"),
        ("ds,Y2\n2023-01-01 00:00,1", "demand.csv:1: no column is called y; there are: ds, Y2"),
        ("y\n1", "demand.csv:1: no column is called ds; there are: y"),
        ("", "demand.csv has no value in any hour"),
        ("ds,y\n", "demand.csv has no value in any hour"),
        ("ds,y\n1900-01-01 00:00,1\n2023-01-01 00:00,1", "more than 438300 hours apart"),
        ("ds,y\n2023-01-01 00:00,1\n2023-01-02 00:00,1", "its rows are 86400 s apart"),
        ("ds,y\n2023-01-01 00:00,1\n2023-01-01 00:00,2", "demand.csv:3: 2023-01-01 00:00 had another value on line 2"),
    ])
    func saysWhatIsWrongAndWhere(text: String, expected: String) {
        let message = message { try parse(text) }
        #expect(message.contains(expected), "\(message)")
    }

    @Test func refusesAPriceOnlyWhereDemandIsMeant() throws {
        let text = "Datetime (UTC),Price (USD/MWh)\n2023-01-01 00:00:00,-3.36\n"
        let prices = try parse(text) {
            $0.column = "Price (USD/MWh)"
            $0.lowest = -.infinity
        }
        #expect(prices.values == [-3.36])
        #expect(throws: SeriesError.self) { try parse(text) { $0.column = "Price (USD/MWh)" } }
        #expect(message { try parse(text) }.contains("no column is called y"))
    }

    /// The hour that clocks show twice is two hours; the one that they leave out is no gap.
    @Test func followsClocksThroughTheYear() throws {
        let autumn = """
            ds,y
            2022-10-30 01:00:00,1
            2022-10-30 02:00:00,2
            2022-10-30 02:00:00,3
            2022-10-30 03:00:00,4
            """
        let series = try parse(autumn) { $0.timeZone = "Europe/Berlin" }
        #expect("\(series.start)" == "2022-10-29T23:00Z")
        #expect(series.values == [1, 2, 3, 4])
        #expect(message { try parse(autumn) }.contains("line 3; if these are local times, say in which time zone"))

        let spring = "ds,y\n2022-03-27 01:00:00,1\n2022-03-27 03:00:00,2\n"
        #expect(try parse(spring) { $0.timeZone = "Europe/Berlin" }.values == [1, 2])
        let never = "ds,y\n2022-03-27 02:00:00,1\n"
        #expect(
            message { try parse(never) { $0.timeZone = "Europe/Berlin" } }.contains("never showed 2022-03-27 02:00")
        )
        #expect(message { try parse(never) { $0.timeZone = "Mars/Olympus" } }.contains("no time zone Mars/Olympus"))
    }

    /// An offset in the text wins over the zone.
    @Test func takesAnOffsetAtItsWord() throws {
        let text = "ds,y\n2022-03-27T02:00:00+01:00,1\n"
        #expect(try parse(text) { $0.timeZone = "Europe/Berlin" }.start == Hour(unixSeconds: 1_648_342_800))
    }

    @Test func namesThePathOfAFileThatIsNotThere() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/wiki_en.csv"
            #expect(
                message { try SeriesFile().series(at: path) } == "expected a CSV file at \(path): there is no such file"
            )
            try write("ds,y\n2023-01-01 00:00:00,1\n", to: "wiki_en.csv", in: folder)
            #expect(try SeriesFile().series(at: path).values == [1])
            var file = SeriesFile()
            file.bytesMax = 10
            #expect(message { try file.series(at: path) } == "\(path) is longer than 10 bytes")
        }
    }

    /// Whatever becomes of a file on its way, it gives a series of finite values or an error.
    @Test(arguments: 0..<300)
    func neverTraps(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let headers = ["ds,y", "hour,y", "t_s,rps", "TIMESTAMP,ContextTokens", "ds,carbon intensity (lca)"]
        var text = Array((headers[seed % headers.count] + "\n").utf8)
        for row in 0..<20 {
            let time = seed % headers.count == 1 ? "\(row)" : "2023-01-0\(1 + row / 10) 0\(row % 10):00:00"
            text += Array("\(time),\(row)\n".utf8)
        }
        let bytes = Array("0123456789-:T Z+.,\"\r\neExNa".utf8) + [0, 0xFF]
        for _ in 0..<Int.random(in: 0...8, using: &generator) {
            let index = Int.random(in: 0..<text.count, using: &generator)
            let byte = bytes[Int.random(in: bytes.indices, using: &generator)]
            if Bool.random(using: &generator) { text[index] = byte } else { text.insert(byte, at: index) }
        }
        var file = SeriesFile()
        file.timeZone = Bool.random(using: &generator) ? "America/New_York" : nil
        guard let series = try? file.series(of: text, named: "x") else { return }
        #expect(series.count >= 1 && series.count <= file.hoursMax)
        #expect(!series.values.contains { !$0.isFinite })
    }
}
