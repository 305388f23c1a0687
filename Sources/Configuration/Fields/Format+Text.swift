import FoundationEssentials

extension Report {
    /// The text at `place`: quoted, or plain and not to be taken for anything else; without control characters.
    mutating func text(at place: Place) -> String? {
        guard case .scalar(let text, let isPlain)? = place.node?.content, !isPlain || place.node?.kind == "a text"
        else {
            mismatch(at: place, "a text", fix: "put it in quotes if it is one")
            return nil
        }
        guard text.utf8.count <= 4096 else {
            error(at: place, "is longer than 4096 bytes", fix: "shorten it")
            return nil
        }
        guard !text.unicodeScalars.contains(where: \.isUnprintable) else {
            error(at: place, "holds a control character or a line break", fix: "remove it")
            return nil
        }
        return text
    }
}

extension Format where Value == String {
    /// A text that is not empty, for people.
    static var text: Self { matching { $0.isEmpty ? "is empty" : nil }.merging(["minLength": .integer(1)]) }

    /// A name for ids and labels: it stands in URLs, headers and metrics as it is.
    static var name: Self {
        matching { text in
            let isName = text.utf8.allSatisfy { isAlphanumeric($0) || "._:/@+-".utf8.contains($0) }
            let isShort = (1...128).contains(text.utf8.count)
            return isName && isShort ? nil : "is not a name of 1 to 128 letters, digits and . _ : / @ + -"
        }
        .merging(["pattern": .text("^[A-Za-z0-9._:/@+-]{1,128}$")])
    }

    /// A tag: a name, or `name=value`; neither needs quotes in JSON, so that the ledger finds it by its bytes.
    static var tag: Self {
        matching { text in
            let isPlain = text.utf8.allSatisfy { (0x20..<0x7f).contains($0) && $0 != 0x22 && $0 != 0x5c }
            let isNamed = text.utf8.first.map { $0 != UInt8(ascii: "=") } ?? false
            return isPlain && isNamed && text.utf8.count <= 512 ? nil : "is no tag such as name=value"
        }
        .merging(["minLength": .integer(1), "maxLength": .integer(512)])
    }

    /// A moment in RFC 3339.
    static var instant: Self {
        matching { Settings.unixMilliseconds($0) == nil ? "is no time such as 2027-01-31T00:00:00Z" : nil }
            .merging(["format": .text("date-time")])
    }

    /// The name of an environment variable (POSIX.1-2024, XBD §8.1), never the secret itself.
    static var variable: Self {
        let format = matching { text in
            let isName = text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
            let startsWell = text.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
            return isName && startsWell && text.utf8.count <= 128 ? nil : "is not the name of an environment variable"
        }
        .merging(["pattern": .text("^[A-Za-z_][A-Za-z0-9_]{0,127}$")])
        // What stands here in place of a name may well be the secret, so no error repeats it.
        return Format(schema: format.schema, read: format.read, write: { .secret(variable: $0) })
    }

    /// An `http` or `https` URL with a host and nothing secret in it.
    static func url(query: Bool = false) -> Self {
        matching { urlFault($0, mayHaveQuery: query) }.merging(["pattern": .text("^https?://[^/@?#]")])
    }

    /// A `postgresql` URL with nothing secret in it, as libpq reads it: hosts and database may be left out.
    static var databaseURL: Self {
        matching { text in
            guard ["postgresql://", "postgres://"].contains(where: text.hasPrefix) else {
                return "is no URL such as postgresql://user@host:5432/database"
            }
            guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "holds a blank or an odd character" }
            let authority = text.split(separator: "//", maxSplits: 1)[1].prefix { !"/?".contains($0) }
            let user = authority.lastIndex(of: "@").map { authority[..<$0] } ?? ""
            let words = text.split(separator: "?", maxSplits: 1).dropFirst().joined().split(separator: "&")
            let isSecret = words.contains { $0.hasPrefix("password=") || $0.hasPrefix("sslpassword=") }
            guard !isSecret, !user.contains(":") else {
                return "holds a password: put it into the environment variable of password_variable"
            }
            return nil
        }
        .merging(["pattern": .text("^postgres(ql)?://[!-~]*$")])
    }

    /// A path with its query, as a request has it.
    static var requestTarget: Self {
        matching { text in
            let isTarget = text.hasPrefix("/") && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            return isTarget ? nil : "is no path such as /health"
        }
        .merging(["pattern": .text("^/[!-~]*$")])
    }

    /// A socket to listen on: see ``ListenAddress``.
    static var address: Self {
        matching { ListenAddress($0) == nil ? "is no address to listen on" : nil }
            .merging(["pattern": .text("^(unix:.+|.+:[0-9]{1,5})$")])
    }

    /// A machine: `H100`, or `4xH100`.
    static var machine: Self {
        matching { text in
            let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            let rest = text.utf8.dropFirst(digits.count)
            let count = digits.isEmpty ? 1 : Int(text.prefix(digits.count)) ?? 0
            let name = digits.isEmpty ? rest : rest.first == UInt8(ascii: "x") ? rest.dropFirst() : rest.prefix(0)
            let isLetter = name.first.map { isAlphanumeric($0) && $0 > UInt8(ascii: "9") } ?? false
            let isName =
                isLetter && name.count <= 64 && name.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
            return isName && (1...4096).contains(count) ? nil : "is not a machine such as H100 or 4xH100"
        }
        .merging(["pattern": .text("^([1-9][0-9]{0,3}x)?[A-Za-z][A-Za-z0-9._-]{0,63}$")])
    }

    /// A text in which `fault` finds nothing wrong.
    private static func matching(_ fault: @escaping @Sendable (String) -> String?) -> Self {
        Format(
            schema: .map(["type": .text("string")]),
            read: { place, report in
                guard let text = report.text(at: place) else { return nil }
                guard let fault = fault(text) else { return text }
                report.error(at: place, fault, fix: "correct it")
                return nil
            },
            write: { .text($0) }
        )
    }

    private func merging(_ keywords: KeyValuePairs<String, Tree>) -> Self {
        Format(schema: schema.merged(with: .map(keywords)), read: read, write: write)
    }
}

extension Format where Value == SimulatedFault {
    /// A fault by its word.
    static var fault: Self {
        .word(SimulatedFault.init(_:), \.text, "is not one of \(SimulatedFault.words.joined(separator: ", "))")
    }
}

extension Format where Value == SimulatedFaultSequence {
    /// Faults one after the other.
    static var faultSequence: Self {
        .word(
            SimulatedFaultSequence.init(_:),
            \.text,
            "is not a list such as `503*2, cut:3` of \(SimulatedFault.words.joined(separator: ", "))"
        )
    }
}

extension Format {
    /// A text that `read` makes a value of.
    fileprivate static func word(
        _ read: @escaping @Sendable (String) -> Value?,
        _ write: @escaping @Sendable (Value) -> String,
        _ problem: String
    ) -> Self {
        Format(
            schema: .map(["type": .list([.text("string"), .text("integer")])]),
            read: { place, report in
                // A status alone is a number to YAML.
                let number: String? =
                    if case .scalar(let text, isPlain: true)? = place.node?.content, Node.number(text) != nil {
                        text
                    } else {
                        nil
                    }
                guard let text = number ?? report.text(at: place) else { return nil }
                if let value = read(text) { return value }
                report.error(at: place, "`\(text)` \(problem)", fix: "correct it")
                return nil
            },
            write: { .text(write($0)) }
        )
    }
}

/// What is wrong with `text` as a URL of a backend.
private func urlFault(_ text: String, mayHaveQuery: Bool) -> String? {
    guard let components = URLComponents(string: text), !text.utf8.contains(UInt8(ascii: " ")) else {
        return "is no URL"
    }
    guard components.scheme == "http" || components.scheme == "https" else { return "is not an http or https URL" }
    guard let host = components.host, !host.isEmpty else { return "has no host" }
    // Keys in a URL end up in logs: they belong in an environment variable.
    guard components.user == nil, components.password == nil else { return "holds a user name or a password" }
    guard components.port.map((1...65_535).contains) ?? true else { return "has a port beyond 65535" }
    guard components.fragment == nil else { return "has a fragment" }
    guard mayHaveQuery || components.query == nil else { return "has a query" }
    return components.path.hasSuffix("/") ? "ends in a slash" : nil
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    default: false
    }
}
