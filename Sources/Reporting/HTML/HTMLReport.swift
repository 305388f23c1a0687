internal import Domain
public import Ledger

/// Everything that the ledger has to say as one page: charts, tables beside them, and what each figure means.
///
/// Self-contained: no script, no font, no picture from elsewhere. Well-formed XML, so that any tool reads it.
public struct HTMLReport: Sendable {
    /// The page.
    public let text: String

    /// The page of `data`.
    public init(from data: inout ReportData) throws(LedgerError) {
        let totals = try data.totals(savings: true)
        let figures = try ReportFigures(from: &data)
        let tables = try Report(ReportSection.allCases, from: &data, isWide: false).tables
        var page = Page(simulated: totals?.simulated ?? 0, requests: totals?.requests ?? 0)
        page.begin(period: data.period)
        page.cards(totals)
        page.charts(figures, tables)
        page.end()
        text = page.markup.text
    }
}

/// The page while it is written.
private struct Page {
    var markup = Markup()
    let simulated: Int
    let requests: Int

    init(simulated: Int, requests: Int) {
        self.simulated = simulated
        self.requests = requests
    }

    mutating func begin(period: String) {
        markup.raw("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head>")
        markup.raw("<meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/>")
        markup.element("title", words: "Switchyard report")
        markup.raw("<style>")
        markup.raw(StyleSheet.text)
        markup.raw("</style></head><body><main>")
        markup.element("h1", words: "Switchyard report")
        markup.element("p", ["class": "soft"], words: "\(period) · \(requests) requests")
        guard simulated > 0 else { return }
        let share = simulated == requests ? "All" : "\(simulated) of \(requests)"
        markup.element("p", ["class": "banner", "role": "note"]) { markup in
            markup.element("strong", words: "Simulated. ")
            markup.words(
                "\(share) requests were answered by simulated backends: no model was called for them, and their cost, "
                    + "energy and quality are made up."
            )
        }
    }

    /// The figures that most people come for.
    mutating func cards(_ totals: ReportRow?) {
        guard let totals, requests > 0 else { return }
        let carbon = totals.carbon
        let cards = [
            ("Cost", "\(totals.cost.dollars.short) USD", "failed attempts included"),
            (
                "Carbon", "\(carbon.central.grams.short) g",
                "CO2e, between \(carbon.low.grams.short) and \(carbon.high.grams.short)"
            ),
            ("Energy", "\((totals.energyJoules.central / 3600).short) Wh", "central estimate"),
            (
                "Saved", "\(totals.againstBest.savedCost.dollars.short) USD",
                "\(totals.againstBest.savedShare?.percent ?? "-") of the best model's price"
            ),
            (
                "Quality kept", totals.retained.value?.percent ?? "-",
                "of \(totals.retained.of) answers, \(totals.judged) judged"
            ),
            ("Answered", totals.successRate.percent, "whole answers, right or wrong"),
        ]
        markup.element("ul", ["class": "cards"]) { markup in
            for (name, value, remark) in cards {
                markup.element("li") { markup in
                    markup.words(name)
                    markup.element("b", words: value)
                    markup.element("span", ["class": "soft"], words: remark)
                }
            }
        }
    }

    mutating func charts(_ figures: ReportFigures, _ tables: [(section: ReportSection, table: ReportTable)]) {
        for (section, table) in tables {
            heading(table.title)
            for draw in figures.charts(of: section) {
                markup.element("figure") { draw(&$0) }
            }
            write(table, isOpen: figures.charts(of: section).isEmpty)
        }
    }

    mutating func end() {
        markup.element(
            "p",
            ["class": "soft"],
            words: "Made from the ledger by switchyard report --html. Times are UTC. Every total adds up every request."
        )
        markup.raw("</main></body></html>\n")
    }

    private mutating func heading(_ words: String) {
        let badge = simulated == 0 ? "" : simulated == requests ? "SIMULATED" : "PARTLY SIMULATED"
        markup.element("h2") { markup in
            markup.words(words)
            if !badge.isEmpty { markup.element("span", ["class": "badge"], words: badge) }
        }
    }

    private mutating func write(_ table: ReportTable, isOpen: Bool) {
        let attributes: KeyValuePairs<StaticString, String> = isOpen ? ["open": "open"] : [:]
        markup.element("details", attributes) { markup in
            markup.element("summary", words: "Table and definitions")
            markup.element("div", ["class": "wide"]) { $0.table(table) }
            markup.element("ul", ["class": "notes"]) { markup in
                for note in table.notes { markup.element("li", words: note) }
            }
        }
    }
}

extension Markup {
    /// A table with its header; cells as a screen shows them.
    fileprivate mutating func table(_ table: ReportTable) {
        element("table") { markup in
            markup.element("caption", ["class": "soft"], words: table.title)
            markup.element("thead") { markup in
                markup.element("tr") { markup in
                    for (index, name) in table.header.enumerated() {
                        let style = table.lines.first?[index].style ?? ""
                        markup.element("th", ["scope": "col", "class": style], words: name)
                    }
                }
            }
            markup.element("tbody") { markup in
                for line in table.lines {
                    markup.element("tr") { markup in
                        for cell in line { markup.element("td", ["class": cell.style], words: cell.shown) }
                    }
                }
            }
        }
    }
}

extension ReportTable.Cell {
    /// How a column of such cells is set.
    fileprivate var style: String {
        switch self {
        case .number, .none: "number"
        case .text: "text"
        }
    }
}

extension ReportData {
    /// The days that the report is over, in words.
    fileprivate var period: String {
        switch (scope.since.map(Day.init(unixMilliseconds:)), scope.until.map(Day.init(unixMilliseconds:))) {
        case (nil, nil): "The whole ledger"
        case (let first?, nil): "From \(first)"
        case (nil, let end?): "Before \(end)"
        case (let first?, let end?): "From \(first), before \(end)"
        }
    }
}
