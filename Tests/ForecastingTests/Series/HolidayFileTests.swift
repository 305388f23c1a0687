import Domain
import Testing

@testable import Forecasting

@Suite struct HolidayFileTests {
    private func parse(_ text: String) throws -> [String: Set<Day>] {
        try HolidayFile.holidays(in: Array(text.utf8), named: "holidays.csv")
    }

    @Test func gathersDaysByName() throws {
        let holidays = try parse("holiday,ds\nchristmas,2022-12-25\nnew year,2023-01-01\nchristmas,2023-12-25\n")
        let christmas = [2022, 2023].compactMap { Day(year: $0, month: 12, day: 25) }
        #expect(holidays == ["christmas": Set(christmas), "new year": Set([Day(number: 19_358)])])
    }

    @Test(arguments: [
        ("", "holidays.csv has no value in any hour"),
        ("ds,name\n", "holidays.csv:1: no column is called holiday; there are: ds, name"),
        ("ds,holiday\n2023-12-25,a\n2023-13-25,b\n", "holidays.csv:3: no day such as 2023-12-25"),
        ("ds,holiday\n2023-12-25\n", "holidays.csv:2: no day such as 2023-12-25"),
    ])
    func saysWhatIsWrongAndWhere(text: String, expected: String) {
        #expect(message { try parse(text) } == expected)
    }
}
