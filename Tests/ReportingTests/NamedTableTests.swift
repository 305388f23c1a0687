import Reporting
import Testing

/// Tables of what is compared, whose lines need not have the same columns.
@Suite struct NamedTableTests {
    private static let table = {
        var table = NamedTable()
        table.add([("router", "stack"), ("APGR a → b", "0.7"), ("ECE", "0.01"), ("Brier", "0.2")])
        table.add([("router", "random"), ("ECE", "0.3"), ("p50", "1 µs"), ("Brier", "0.25")])
        return table
    }()

    /// A line without a cell has a gap there, and what follows stays in its own column.
    @Test func cellsStandInTheirOwnColumns() {
        #expect(Self.table.columns == ["router", "APGR a → b", "ECE", "p50", "Brier"])
        #expect(Self.table.cells == [["stack", "0.7", "0.01", "–", "0.2"], ["random", "–", "0.3", "1 µs", "0.25"]])
    }

    @Test func columnsOfTextAreEquallyWide() {
        let text = Self.table.text
        #expect(Set(text.map(\.count)).count == 1)
        #expect(text[1].hasPrefix("stack   0.7         0.01"))
    }

    /// Routers are few and figures many: on a page each router is a column.
    @Test func aPageShowsItOnItsSide() throws {
        let table = try #require(ChartPage.Table(Self.table))
        let page = ChartPage(title: "t", table: table, figures: []).text
        #expect(page.contains("<tr><th>router</th><th>stack</th><th>random</th></tr>"))
        #expect(page.contains("<tr><td>p50</td><td>–</td><td>1 µs</td></tr>"))
        #expect(page.split(separator: "<tr>").count == 6)
        #expect(ChartPage.Table(NamedTable()) == nil)
    }
}
