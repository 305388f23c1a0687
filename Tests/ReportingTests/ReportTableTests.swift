import Foundation
@testable import Reporting
import Testing

@Suite struct ReportTableTests {
    private let table = ReportTable(
        title: "Title",
        header: ["model", "requests", "rate"],
        lines: [[.text("a,\"b\"\n=1"), .number("3"), .init(0.66667, places: 4)], [.text(""), .number("0"), .none]],
        notes: ["rate: a share"]
    )

    /// RFC 4180: quoted where it must be, quotes doubled, CRLF at each end; nothing is an empty cell.
    @Test func csvIsQuoted() {
        let expected = "model,requests,rate\r\n\"a,\"\"b\"\"\n=1\",3,0.6667\r\n,0,\r\n"
        #expect(table.rendered(as: .csv) == expected)
    }

    /// Any JSON reader gets the texts back, numbers as numbers, and null for nothing.
    @Test func jsonReadsBack() throws {
        let text = table.rendered(as: .json)
        let objects = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        #expect(objects.count == 2)
        #expect(objects[0]["model"] as? String == "a,\"b\"\n=1")
        #expect(objects[0]["requests"] as? Int == 3)
        #expect(objects[0]["rate"] as? Double == 0.6667)
        #expect(objects[1]["rate"] is NSNull)
        let empty = ReportTable(title: "", header: [], lines: [], notes: [])
        #expect(empty.rendered(as: .json) == "[]\n")
    }

    /// Every line of the text is as wide as the others, no name moves the cursor, and the notes stand below.
    @Test func textIsAligned() {
        let table = ReportTable(
            title: "Names",
            header: ["model", "key", "requests"],
            lines: [
                [.text("\u{1b}[2J\r\u{202e}x"), .text("y"), .number("1000000")],
                [.text("日本語"), .text(""), .number("1")],
            ],
            notes: ["requests: all"]
        )
        let lines = table.rendered(as: .text).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "Names")
        #expect(Set(lines[1...3].map(\.count)).count == 1)
        #expect(lines[2].hasPrefix("\u{fffd}[2J\u{fffd}\u{fffd}x"))
        #expect(lines[3].contains("  -  "))
        #expect(lines[4].isEmpty && lines[5] == "  requests: all")
    }

    /// Rounded half away from zero, no exponent, no sign on zero, and nothing for what has no digits.
    @Test(arguments: [
        (1234.5678, 2, "1234.57"), (-0.004, 2, "0.00"), (-0.005, 2, "-0.01"), (0.5, 0, "1"),
        (1e15, 0, "1000000000000000"),
    ])
    func numbersAreRounded(value: Double, places: Int, text: String) {
        #expect(ReportTable.Cell(value, places: places) == .number(text))
    }

    @Test(arguments: [Double.nan, .infinity, 1e300])
    func whatHasNoDigitsIsNothing(value: Double) { #expect(ReportTable.Cell(value, places: 3) == .none) }
}
