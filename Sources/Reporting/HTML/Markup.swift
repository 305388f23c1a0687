/// Writes HTML that is also well-formed XML: every element closed, everything from outside escaped.
struct Markup {
    private(set) var text = ""

    /// An element with what `content` writes in it.
    mutating func element(
        _ name: StaticString,
        _ attributes: KeyValuePairs<StaticString, String> = [:],
        _ content: (inout Markup) -> Void
    ) {
        open(name, attributes)
        text += ">"
        content(&self)
        text += "</\(name)>"
    }

    /// An element that holds `words` alone.
    mutating func element(
        _ name: StaticString,
        _ attributes: KeyValuePairs<StaticString, String> = [:],
        words: String
    ) {
        element(name, attributes) { $0.words(words) }
    }

    /// An element without content.
    mutating func empty(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:]) {
        open(name, attributes)
        text += "/>"
    }

    /// `words` as they are, whatever is in them.
    mutating func words(_ words: String) {
        for scalar in words.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            default: text.unicodeScalars.append(Self.isShown(scalar) ? scalar : "\u{fffd}")
            }
        }
    }

    /// Text of our own that is markup already.
    mutating func raw(_ markup: StaticString) { text += "\(markup)" }

    private mutating func open(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
        text += "<\(name)"
        for (name, value) in attributes {
            text += " \(name)=\""
            words(value)
            text += "\""
        }
    }

    /// XML 1.0 §2.2 has no other control characters, nor a spelling for them; those that turn a line around stay out too.
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned: false
        default: true
        }
    }
}
