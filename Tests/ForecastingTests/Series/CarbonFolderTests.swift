import Accounting
import Domain
import Foundation
import Testing

@testable import Forecasting

@Suite struct CarbonFolderTests {
    private let header =
        "Datetime (UTC),Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh (LCA)\n"

    /// Every hour of a year, each with the last digits of its number in the year; 0.5 less counts fuel alone.
    private func year(_ year: Int, zone: String = "DE", leavingOut gaps: Range<Int> = 0..<0) -> String {
        Hour.years(year...year).enumerated().filter { !gaps.contains($0.offset) }.map { index, hour in
            let time = "\(hour)".replacing("T", with: " ").replacing("Z", with: ":00")
            return "\(time),\(zone),\(index % 1000),\(Double(index % 1000) + 0.5)\n"
        }.reduce(header, +)
    }

    @Test func readsThePortalsFiles() throws {
        let series = try SeriesFile().series(at: fixtures.appending(path: "GB_2022-03-26_hourly.csv").path)
        #expect(series.count == 48)
        #expect("\(series.start)" == "2022-03-26T00:00Z")
    }

    @Test func joinsYears() throws {
        try withTemporaryFolder { folder in
            try write(year(2023), to: "DE_2023_hourly.csv", in: folder)
            try write(year(2024), to: "DE_2024_hourly.csv", in: folder)
            var files = CarbonFolder(path: folder)
            let series = try files.series(zone: "DE", years: 2023...2024)
            #expect(series.hours == Hour.years(2023...2024))
            #expect(series[Hour(year: 2024)] == 0.5)
            #expect(series.values.last == 783.5)
            files.scope = .direct
            #expect(try files.series(zone: "DE", years: 2024...2024).values.last == 783)
            #expect(files.zones == ["DE"])
        }
    }

    @Test func fillsAndTellsItsGaps() throws {
        try withTemporaryFolder { folder in
            try write(year(2023, leavingOut: 5..<7), to: "DE_2023_hourly.csv", in: folder)
            let series = try CarbonFolder(path: folder).series(zone: "DE", years: 2023...2023)
            #expect(series.filled == [5..<7])
            #expect(series.values[4..<8] == [4.5, 5.5, 6.5, 7.5])
        }
    }

    /// Quality Time's 2020 is 2021, 365 days earlier; the leap day's rest comes from the year before it ends.
    @Test func lendsTheFirstYear() throws {
        try withTemporaryFolder { folder in
            try write(year(2021), to: "DE_2021_hourly.csv", in: folder)
            var files = CarbonFolder(path: folder)
            #expect(throws: SeriesError.self) { try files.series(zone: "DE", years: 2020...2021) }
            files.canBorrowFirstYear = true
            let series = try files.series(zone: "DE", years: 2020...2021)
            #expect(series.hours == Hour.years(2020...2021))
            // 365 days before 2021 begins is the second day of 2020, a leap year.
            #expect(series[Hour(year: 2020).advanced(by: 24)] == 0.5)
            #expect(series.filled == [0..<24])
            #expect(throws: SeriesError.self) { try files.series(zone: "DE", years: 2019...2021) }
        }
    }

    @Test func namesThePathThatItExpected() throws {
        try withTemporaryFolder { folder in
            try write(year(2023), to: "US-CAL-CISO_2023_hourly.csv", in: folder)
            let files = CarbonFolder(path: folder)
            #expect(
                message { try files.series(zone: "US-CAL-CIS", years: 2023...2023) }
                    == "expected a CSV file at \(folder)/US-CAL-CIS_2023_hourly.csv: there is no such file; "
                    + "there are files of US-CAL-CISO"
            )
            #expect(
                message { try files.series(zone: "US-CAL-CISO", years: 2022...2023) }
                    == "expected a CSV file at \(folder)/US-CAL-CISO_2022_hourly.csv: there is no such file"
            )
            #expect(message { try files.series(zone: "../DE", years: 2023...2023) }.contains("is no zone of a grid"))
        }
    }

    @Test func refusesAnotherZonesFile() throws {
        try withTemporaryFolder { folder in
            try write(year(2023, zone: "FR"), to: "DE_2023_hourly.csv", in: folder)
            #expect(
                message { try CarbonFolder(path: folder).series(zone: "DE", years: 2023...2023) }
                    .hasSuffix("its rows are of the zone FR, not DE")
            )
            try write("a,b\n1,2\n", to: "DE_2022_hourly.csv", in: folder)
            #expect(
                message { try CarbonFolder(path: folder).series(zone: "DE", years: 2022...2022) }
                    .hasSuffix("DE_2022_hourly.csv: it has no Datetime")
            )
        }
    }
}
