/// A table whose cells are found by their columns' names, as lines that are compared may not have the same ones.
public struct NamedTable: Hashable, Sendable {
    /// The columns' names, in the order of the lines that brought them.
    public private(set) var columns: [String] = []
    private var lines: [[String: String]] = []

    /// What stands where a line has no such cell.
    public static let gap = "–"

    /// A table without lines.
    public init() {}

    /// Whether there is no line.
    public var isEmpty: Bool { lines.isEmpty }

    /// Adds a line; a column that is new stands behind the one that comes before it in the line.
    ///
    /// Of two cells of one column the last one counts.
    public mutating func add(_ cells: [(column: String, text: String)]) {
        var place = 0
        for cell in cells {
            if let known = columns.firstIndex(of: cell.column) {
                place = known + 1
            } else {
                columns.insert(cell.column, at: place)
                place += 1
            }
        }
        lines.append(Dictionary(cells.map { ($0.column, $0.text) }) { $1 })
    }

    /// Each line's cells in the order of the columns.
    public var cells: [[String]] { lines.map { line in columns.map { line[$0] ?? Self.gap } } }

    /// The table in columns of equal width, a line of text each, the first of names.
    public var text: [String] {
        let rows = [columns] + cells
        let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }
    }
}

extension ChartPage.Table {
    /// The same table for a page, on its side: a column for each line, as there are fewer lines than figures; `nil` without any.
    public init?(_ table: NamedTable) {
        guard !table.isEmpty else { return nil }
        let (names, cells) = (table.columns, table.cells)
        func row(_ column: Int) -> [String] { [names[column]] + cells.map { $0[column] } }
        self.init(header: row(0), lines: names.indices.dropFirst().map(row))
    }
}
