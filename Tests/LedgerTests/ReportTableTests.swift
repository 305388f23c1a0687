import Domain
import Foundation
@testable import Ledger
import Testing

@Suite struct ReportTableTests {
    private var table: ReportTable {
        var row = ReportRow(group: ["a,\"b\"\n=1"])
        row.requests = 3
        row.successes = 2
        row.inputTokens = 1234
        row.cost = Money(nanodollars: 1_000_000_001)
        row.saved = Money(nanodollars: -2)
        row.qualityRetention = 0.5
        row.carbon = Carbon(micrograms: 1)
        row.meanMicroseconds = 1234.5
        row.p50Microseconds = 999
        row.p95Microseconds = 2_000_000
        return ReportTable(groupings: [.model], rows: [row, ReportRow(group: [""])])
    }

    /// RFC 4180: quoted where it must be, quotes doubled, CRLF at each end; nothing is an empty cell.
    @Test func csvIsQuoted() {
        #expect(
            table.rendered(as: .csv)
                == "model,requests,successes,success_rate,input_tokens,output_tokens,cost_usd,"
                + "saved_usd,quality_retention,within_limits,energy_wh,carbon_g,"
                + "latency_mean_ms,latency_p50_ms,latency_p95_ms,ttft_p50_ms,ttft_p95_ms,cache_hits,simulated\r\n"
                + "\"a,\"\"b\"\"\n=1\",3,2,0.6667,1234,0,1.000000001,-0.000000002,0.5000,,0.000,0.000001,1.235,0.999,2000.000,,,0,0\r\n"
                + ",0,0,0.0000,0,0,0.000000000,0.000000000,,,0.000,0.000000,,,,,,0,0\r\n"
        )
    }

    /// Any JSON reader gets the texts back, numbers as numbers, and null for nothing.
    @Test func jsonReadsBack() throws {
        let text = table.rendered(as: .json)
        let objects = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        #expect(objects.count == 2)
        #expect(objects[0]["model"] as? String == "a,\"b\"\n=1")
        #expect(objects[0]["requests"] as? Int == 3)
        #expect(objects[0]["latency_p95_ms"] as? Double == 2000)
        #expect(objects[1]["latency_p95_ms"] is NSNull)
        #expect(ReportTable(groupings: [], rows: []).rendered(as: .json) == "[]\n")
    }

    /// Every line of the text is as wide as the others, and no name moves the cursor.
    @Test func textIsAligned() {
        var rows = [ReportRow(group: ["\u{1b}[2J\r\u{202e}x", "y"]), ReportRow(group: ["日本語", ""])]
        rows[0].requests = 1_000_000
        let lines = ReportTable(groupings: [.model, .key], rows: rows).rendered(as: .text).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(Set(lines.map(\.count)).count == 1)
        #expect(lines[1].hasPrefix("\u{fffd}[2J\u{fffd}\u{fffd}x"))
        #expect(lines[2].contains("  -  "))
    }
}
