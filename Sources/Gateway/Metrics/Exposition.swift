/// Prometheus's text format, version 0.0.4, built family by family.
///
/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
struct Exposition {
    private(set) var text = ""

    /// What a family's samples mean.
    enum Kind: String {
        case counter, gauge, histogram
    }

    /// Opens a family; its samples follow at once.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// One sample of the family that is open.
    mutating func sample(
        _ name: String,
        _ labels: [(String, String)] = [],
        _ value: some Numeric & CustomStringConvertible
    ) {
        text += "\(name)\(Self.text(of: labels)) \(value)\n"
    }

    /// A family of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: some Numeric & CustomStringConvertible)
    {
        family(name, kind, help)
        sample(name, [], value)
    }

    /// The samples of one histogram, in seconds.
    mutating func histogram(_ name: String, _ labels: [(String, String)] = [], _ histogram: Histogram) {
        var below = 0
        for (bucket, count) in histogram.counts.enumerated() {
            below += count
            let bound = bucket < histogram.bounds.count ? "\(Double(histogram.bounds[bucket]) / 1e9)" : "+Inf"
            sample("\(name)_bucket", labels + [("le", bound)], below)
        }
        sample("\(name)_sum", labels, Double(histogram.sumNanoseconds) / 1e9)
        sample("\(name)_count", labels, below)
    }

    private static func text(of labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
    }

    /// A label's value with backslash, quote and line feed escaped, as the format asks.
    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        // By scalars: to Swift, CR LF is one character, and so is a quote with an accent on it.
        return value.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
