public import Ledger

/// Several sections together.
public struct Report: Sendable {
    /// Each section and its table, in the order asked for.
    public let tables: [(section: ReportSection, table: ReportTable)]

    /// The sections of `data`; `isWide` asks for every figure of the overview.
    public init(_ sections: [ReportSection], from data: inout ReportData, isWide: Bool) throws(LedgerError) {
        var tables: [(section: ReportSection, table: ReportTable)] = []
        for section in sections { tables.append((section, try section.table(from: &data, isWide: isWide))) }
        self.tables = tables
    }

    /// The tables in `format`, one behind the other; several in JSON are an object by their sections' names.
    public func rendered(as format: ReportFormat) -> String {
        let parts = tables.map { $0.table }
        if format == .json, tables.count != 1 {
            let members = tables.map { "\"\($0.section.rawValue)\": \($0.table.json)" }
            return "{" + members.joined(separator: ",\n") + "}\n"
        }
        return parts.map { $0.rendered(as: format) }.joined(separator: format == .csv ? "\r\n" : "\n")
    }
}
