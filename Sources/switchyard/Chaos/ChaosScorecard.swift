import Foundation

/// The results for people and for programs.
struct ChaosScorecard: Codable {
    let passed: Int
    let total: Int
    let cells: [ChaosResult]

    init(_ results: [ChaosResult]) {
        cells = results
        total = results.count
        passed = results.count { $0.passes }
    }

    private static let header = [
        "fault", "streamed", "recovery", "the client got", "attempts", "calls", "ms", "billed $", "left", "verdict",
    ]

    /// A table, and a line that sums it up.
    var text: String {
        let table = TextTable(header: Self.header, rows: cells.map(\.row)).text
        return "\(table)\n\n\(passed) of \(total) pass\n"
    }

    /// An object with all cells.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// A page that stands by itself.
    var html: String {
        let head = Self.header.map { "<th>\($0)</th>" }.joined()
        let rows = cells.map { cell in
            let columns = cell.row.map { "<td>\(Self.escaped($0))</td>" }.joined()
            return "<tr class=\"\(cell.passes ? "pass" : "fail")\">\(columns)</tr>"
        }
        return """
            <!doctype html><meta charset="utf-8"><title>Switchyard's scorecard</title>
            <style>body{font:14px system-ui}td,th{padding:2px 8px;text-align:left}.fail{background:#fdd}</style>
            <h1>\(passed) of \(total) pass</h1><table><tr>\(head)</tr>
            \(rows.joined(separator: "\n"))
            </table>

            """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

extension ChaosResult {
    fileprivate var row: [String] {
        [
            fault, streamed ? "yes" : "no", recovery, got, attempts.map(String.init) ?? "-", "\(calls)",
            "\(milliseconds)", billedUsd.map { String(format: "%.6f", $0) } ?? "-", "\(leftInFlight)",
            passes ? "pass" : "FAIL: \(reasons.joined(separator: "; "))",
        ]
    }
}
