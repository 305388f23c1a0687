extension ReportTable {
    /// The title, the lines, and what the columns mean.
    ///
    /// Numbers to the right, texts to the left, two spaces between; a dash where there is nothing.
    var text: String {
        let below = notes.isEmpty ? "" : "\n" + notes.map { "  \($0)\n" }.joined()
        return title + "\n" + aligned + below
    }

    private var aligned: String {
        let shown = [header] + lines.map { line in line.map { $0.shown } }
        let widths = header.indices.map { column in shown.map { $0[column].count }.max() ?? 0 }
        let isText = header.indices.map { column in
            lines.contains { line in
                if case .text = line[column] { true } else { false }
            }
        }
        return shown.map { line in
            let padded = line.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - line[column].count)
                return isText[column] ? line[column] + padding : padding + line[column]
            }
            return padded.joined(separator: "  ") + "\n"
        }.joined()
    }

    /// Quoted where RFC 4180 §2.6 asks for it, lines ended by CRLF.
    var csv: String {
        let special = Set("\",\r\n".utf8)
        let lines = [header] + lines.map { line in line.map { $0.value } }
        return lines.map { line in
            let cells = line.map { cell in
                guard cell.utf8.contains(where: special.contains) else { return cell }
                return "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                    + "\""
            }
            return cells.joined(separator: ",") + "\r\n"
        }.joined()
    }

    /// One object a line, numbers as numbers; no line end after the last.
    var json: String {
        let objects = lines.map { line in
            let members = zip(header, line).map { name, cell in "\"\(name)\": \(cell.json)" }
            return "  {" + members.joined(separator: ", ") + "}"
        }
        return objects.isEmpty ? "[]" : "[\n" + objects.joined(separator: ",\n") + "\n]"
    }
}

extension ReportTable.Cell {
    /// The cell as a JSON value: RFC 8259 §7.
    fileprivate var json: String {
        switch self {
        case .none: return "null"
        case .number(let number): return number
        case .text(let text):
            let escaped = text.unicodeScalars.map { scalar in
                switch scalar {
                case "\"": "\\\""
                case "\\": "\\\\"
                case "\u{0}"..."\u{1f}": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
                default: String(scalar)
                }
            }
            return "\"" + escaped.joined() + "\""
        }
    }
}
