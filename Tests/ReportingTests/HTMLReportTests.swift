import Domain
import Foundation
import FoundationXML
import Ledger
@testable import Reporting
import Testing

/// The page: well-formed, self-contained, and harmless whatever the names in the ledger are.
@Suite struct HTMLReportTests {
    private static let hostile = "</title><script>alert('x')</script>&amp;\"\u{0}\u{1b}\u{202e}]]>日本"

    private func page(_ rows: [RequestRow]) async throws -> String {
        try await ReportFixture(rows).data { data throws(LedgerError) in try HTMLReport(from: &data).text }
    }

    private func rows(model: String = "small", isSimulated: Bool = false) -> [RequestRow] {
        (0..<30).map { index in
            var row = request(index * 7200, strategy: ["balanced", "random", ""][index % 3], model: model)
            row.quality = 0.7
            row.isSimulated = isSimulated
            row.isWithinLimits = index.isMultiple(of: 2)
            row.baseline = RequestRow.Baseline(
                model: ModelID("large"),
                quality: 0.9,
                cost: Money(nanodollars: 2_000_000_000),
                carbon: Carbon(micrograms: 3_000_000)
            )
            row.alternatives = Array(#"{"large":[0.9,2000000000,3000000],"small":[0.7,1000000000,1000000]}"#.utf8)
            return row
        }
    }

    @Test func everyChartAndTableIsThere() async throws {
        let text = try await page(rows())
        let counts = ElementCounter.count(text)
        #expect(counts.error == nil)
        #expect(counts.elements["svg"] == 9)
        #expect(counts.elements["table"] == ReportSection.allCases.count)
        #expect(counts.elements["desc"] == 9, "each drawing is described")
        #expect(counts.elements["script"] == nil)
        for id in ["spend", "emitted", "latency", "service", "frontier", "mix", "breakdown", "saved-usd", "saved-g"] {
            #expect(text.contains("id=\"\(id)-title\""))
        }
    }

    /// Routers are told apart where they are compared, and limits that nobody set are not drawn.
    @Test func routersHaveNamesOfTheirOwn() async throws {
        let some = rows().enumerated().map { index, row in
            var row = row
            row.isWithinLimits = nil
            row.features = Array(#"{"router":"\#(index % 2 == 0 ? "stack" : "lexical")"}"#.utf8)
            return row
        }
        let text = try await page(some)
        for id in ["frontier", "mix"] {
            let drawing = text.split(separator: "id=\"\(id)-title\"").last ?? ""
            let words = drawing.components(separatedBy: "</svg>")[0]
            #expect(words.contains("balanced, stack") && words.contains("random, lexical"), "\(id)")
        }
        #expect(!text.contains("id=\"service-title\"") && ElementCounter.count(text).elements["svg"] == 8)
    }

    /// What a client, a tag or a registry calls itself is shown and does nothing.
    @Test func noNameIsMarkup() async throws {
        let text = try await page(rows(model: Self.hostile))
        let counts = ElementCounter.count(text)
        #expect(counts.error == nil)
        #expect(counts.elements["script"] == nil && !text.contains("<script"))
        #expect(text.contains("&lt;script&gt;"))
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    }

    /// Nothing is fetched: the only addresses are the names of the two dialects, and those of sources in words.
    @Test func nothingIsFetched() async throws {
        let text = try await page(rows())
        for attribute in ["src=", "href=", "url(", "@import", "srcset="] { #expect(!text.contains(attribute)) }
        let names = ["http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"]
        let rest = names.reduce(text) { $0.replacingOccurrences(of: $1, with: "") }
        #expect(!rest.contains("http://") && !rest.contains("https://"))
    }

    @Test func whatIsSimulatedIsSaidToBe() async throws {
        let all = try await page(rows(isSimulated: true))
        #expect(all.contains("All requests were answered by simulated backends"))
        #expect(all.components(separatedBy: ">SIMULATED<").count - 1 == ReportSection.allCases.count)
        let some = try await page(rows() + [request(1)] + rows(isSimulated: true).suffix(0))
        #expect(!some.contains("SIMULATED<"))
        var mixed = rows()
        mixed[0].isSimulated = true
        #expect(try await page(mixed).contains(">PARTLY SIMULATED<"))
    }

    @Test func anEmptyLedgerIsAPageToo() async throws {
        let counts = ElementCounter.count(try await page([]))
        #expect(counts.error == nil && counts.elements["svg"] == nil)
    }

    /// Ticks are round, rise from the lowest, and take in the highest value.
    @Test(arguments: [0, 1e-9, 0.00037, 0.9, 1, 7, 99.5, 12_345, 3e12])
    func ticksAreRoundAndFew(highest: Double) {
        let scale = Scale(to: highest)
        #expect((2...7).contains(scale.ticks.count))
        #expect(scale.ticks[0] == 0 && (scale.ticks.last ?? 0) >= highest * (1 - 1e-12))
        #expect(Set(scale.ticks.map(scale.label)).count == scale.ticks.count, "each has a label of its own")
        #expect(scale.position(of: highest) <= 1)
    }

    /// A hundred per cent and a rounding error end at a hundred, steps adding up to it but for their own rounding.
    @Test func aRoundingErrorTakesNoStep() {
        #expect(abs((Scale(to: 100.000_000_000_01).ticks.last ?? 0) - 100) < 1e-9)
    }

    @Test(arguments: [
        (0, "1970-01-01"), (951_782_400_000, "2000-02-29"), (1_749_988_800_000, "2025-06-15"), (-1, "1969-12-31"),
    ])
    func daysAreTheCalendars(milliseconds: Int64, day: String) {
        #expect(Day(unixMilliseconds: milliseconds).description == day)
    }

    @Test(arguments: [
        (0, "0.00"), (1234.5, "1235"), (12.34, "12.3"), (1.234, "1.23"), (0.01234, "0.0123"), (-0.5, "-0.500"),
    ])
    func shortNumbersHaveThreeDigits(value: Double, text: String) { #expect(value.short == text) }
}

/// Counts the elements of a document, if it is well-formed.
private final class ElementCounter: NSObject, XMLParserDelegate {
    private var elements: [String: Int] = [:]

    static func count(_ text: String) -> (elements: [String: Int], error: String?) {
        let counter = ElementCounter()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = counter
        let isWellFormed = parser.parse()
        return (
            counter.elements, isWellFormed ? nil : "line \(parser.lineNumber): \(parser.parserError.debugDescription)"
        )
    }

    func parser(
        _: XMLParser,
        didStartElement name: String,
        namespaceURI _: String?,
        qualifiedName _: String?,
        attributes _: [String: String]
    ) {
        elements[name, default: 0] += 1
    }
}
