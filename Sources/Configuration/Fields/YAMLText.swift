import Yams

/// The most bytes that a file may have: some 20,000 models, and less than a mistaken path (a log, a database) brings.
let fileBytesMax = 8 << 20

/// Reads a file's text into nodes; `nil` and an error in the report if it is no YAML that we take.
///
/// Yams composes the nodes. What YAML has beyond plain data is refused: anchors and aliases (a few lines of them expand
/// to billions of nodes), tags, several documents, keys that are not scalars, and the same key twice.
func readYAML(_ text: String, file: String, report: inout Report) -> Node? {
    func fail(_ line: Int?, _ column: Int?, _ message: String, _ remedy: String) {
        report.add(Problem(file: file, line: line, column: column, keyPath: "", message: message, remedy: remedy))
    }
    // Told that the text is UTF-8, libyaml takes a byte order mark for content.
    let text = text.unicodeScalars.first == "\u{feff}" ? String(text.unicodeScalars.dropFirst()) : text
    guard text.utf8.count <= fileBytesMax else {
        fail(nil, nil, "is larger than \(fileBytesMax) bytes", "check that it is the right file")
        return nil
    }
    if let place = firstAnchor(in: text) {
        fail(place.line, place.column, "anchors and aliases (&name, *name) are not taken", "write the value out")
        return nil
    }
    do {
        // Without rules the resolver leaves every scalar a text; what a plain one means is for its field to say.
        guard let root = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
            return Node(content: .map([]), line: 1, column: 1)
        }
        let node = try Node(root)
        // A file of comments alone, or an empty one: all defaults.
        return node.isNull ? Node(content: .map([]), line: 1, column: 1) : node
    } catch let fault as NodeFault {
        fail(fault.line, fault.column, fault.message, fault.remedy)
    } catch let error as YamlError {
        let fault = NodeFault(error, in: text)
        fail(fault.line, fault.column, fault.message, fault.remedy)
    } catch {
        fail(nil, nil, "cannot be read: \(error)", "")
    }
    return nil
}

/// Where the text has a token that could be an anchor: `&` at the start of a word.
///
/// Looked for before Yams sees the text, since comparing keys that are made of aliases takes exponential time. A `&` in
/// that position inside quotes is refused as well, which no value of ours needs. Whole lines of comment are passed over:
/// they hold no token, even inside a quoted text.
private func firstAnchor(in text: String) -> (line: Int, column: Int)? {
    // libyaml's line breaks, of which CR LF is one: YAML 1.1 §4.1.4.
    let breaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]
    let starts: Set<Unicode.Scalar> = [" ", "\t", "[", "{", ",", "]", "}", "\"", "'", ":", "?", "\u{feff}"]
    let lines = text.replacing("\r\n", with: "\n").unicodeScalars.split(
        omittingEmptySubsequences: false,
        whereSeparator: breaks.contains
    )
    for (index, line) in lines.enumerated() where line.first(where: { $0 != " " && $0 != "\t" }) != "#" {
        var previous: Unicode.Scalar = " "
        for (column, scalar) in line.enumerated() {
            if scalar == "&", starts.contains(previous) {
                let next = line.dropFirst(column + 1).first ?? " "
                if next != " ", next != "\t" { return (index + 1, column + 1) }
            }
            previous = scalar
        }
    }
    return nil
}
