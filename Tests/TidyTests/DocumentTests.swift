import Testing

/// What the documents name exists: a document that outlives what it describes misleads.
@Suite struct DocumentTests {
    @Test func seesTheDocuments() {
        #expect(SourceFile.documents.contains { $0.path == "README.md" })
        #expect(SourceFile.documents.count { $0.path.hasPrefix("Sources/Gateway/Gateway.docc/decisions/") } >= 10)
    }

    /// A relative link leads to a file or a folder of the checkout, and `<doc:Name>` to an article of the catalogue.
    @Test(arguments: SourceFile.documents)
    func linksLeadSomewhere(document: SourceFile) {
        let folder = document.path.split(separator: "/").dropLast().joined(separator: "/")
        for (number, line) in document.prose {
            for link in line.matches(of: /\]\(([^)#\s]+)[^)]*\)/).map(\.1) where !link.contains("://") {
                #expect(
                    SourceFile.exists("\(folder.isEmpty ? "." : folder)/\(link)"),
                    "\(document.path):\(number): nothing is at \(link)"
                )
            }
            for name in line.matches(of: /<doc:([^>]+)>/).map(\.1) {
                let isArticle = SourceFile.documents.contains { $0.path.hasSuffix("/\(name).md") }
                #expect(isArticle, "\(document.path):\(number): no article is called \(name)")
            }
        }
    }

    /// Each part of a ``Symbol/link`` is declared somewhere in `Sources`, or is a room.
    @Test(arguments: SourceFile.documents)
    func symbolsAreDeclared(document: SourceFile) {
        for (number, line) in document.prose where line.contains("``") {
            for symbol in line.matches(of: /``([^`]+)``/).map(\.1) {
                let names = symbol.split(separator: "/").map { $0.prefix { $0 != "(" } }
                for name in names where !SourceFile.declared.contains(String(name)) {
                    Issue.record("\(document.path):\(number): nothing is called \(name)")
                }
            }
        }
    }

    /// Each `switchyard command --option` is one that the command line declares; in prose, only what stands in code is.
    @Test(arguments: SourceFile.documents)
    func commandsExist(document: SourceFile) {
        let pattern = /(?:^|`)switchyard((?: +[a-z]+)+)((?: +-[^`|#]*)?)(?=`|\s|$)/
        for (number, line) in document.lines.enumerated() where line.contains("switchyard") {
            for call in line.matches(of: pattern) {
                for word in call.1.split(separator: " ") where !CommandLine.commands.contains(word) {
                    Issue.record("\(document.path):\(number + 1): no command is called \(word)")
                }
                for option in call.2.matches(of: /--([a-z-]+)/).map(\.1) where !CommandLine.options.contains(option) {
                    Issue.record("\(document.path):\(number + 1): no option is called --\(option)")
                }
            }
        }
    }

    /// Each `section.key` of the settings is one that the shipped file shows.
    @Test(arguments: SourceFile.documents)
    func settingsExist(document: SourceFile) throws {
        try #require(!Self.settings.isEmpty)
        for (number, line) in document.prose where line.contains("`") {
            let pattern = /`(?:api|admin|limits|upstream|routing|cache|ledger|logging)\.([a-z_]+)[`:]/
            for key in line.matches(of: pattern).map(\.1) {
                #expect(Self.settings.contains(key), "\(document.path):\(number): no setting is called \(key)")
            }
        }
    }

    /// The names of all settings, those of commented lines too.
    private static let settings = Set(
        SourceFile.written.first { $0.path == "Config/switchyard.yaml" }?.lines
            .compactMap { $0.firstMatch(of: /^[# ]*([a-z_]+):/)?.1 } ?? []
    )

    /// The page on operation lists the metrics that there are, and no others.
    @Test func metricsAreListed() throws {
        let pages = SourceFile.sources.filter {
            ["", "+Bandits", "+Health", "+Leases"].map { "/MetricsPage\($0).swift" }.contains(where: $0.path.hasSuffix)
        }
        let names = { (file: SourceFile, pattern: Regex<(Substring, Substring)>) in
            Set(file.lines.flatMap { $0.matches(of: pattern).map(\.1) })
        }
        let operations = try #require(SourceFile.documents.first { $0.path.hasSuffix("/Operations.md") })
        let written = pages.reduce(into: Set()) { $0.formUnion(names($1, /"(switchyard_\w+)"/)) }
        #expect(names(operations, /^\| `(switchyard_\w+)`/) == written)
    }

    /// The table of rooms on the architecture page is the one that imports are held to.
    @Test func roomsAreThoseOfTheFloors() throws {
        let page = try #require(SourceFile.documents.first { $0.path.hasSuffix("/Architecture.md") })
        var rooms: [String: Set<String>] = [:]
        let table = page.lines.drop { !$0.hasPrefix("| room |") }.prefix { $0.hasPrefix("|") }
        for row in table.dropFirst(2) {
            let cells = row.split(separator: "|").map { $0.trimmingPrefix(" ") }
            let names = cells[0].matches(of: /`(\w+)`/).map { String($0.1) }
            let imports = (cells.last ?? "").matches(of: /\w+/).map { String($0.0) }
            for name in names { rooms[name] = Set(imports) }
        }
        #expect(rooms == Floors.allowed)
    }
}

/// The command line as `Sources/switchyard` declares it.
private enum CommandLine {
    private static let lines = SourceFile.sources.filter { $0.target == "switchyard" }.flatMap(\.lines)

    /// Names of commands: what `commandName` says, or else the type's name.
    static let commands = Set(
        lines.compactMap { $0.firstMatch(of: /struct (\w+): (?:Async)?ParsableCommand/)?.1.lowercased()[...] }
            + lines.compactMap { $0.firstMatch(of: /commandName: "(\w+)"/)?.1 }
    )

    /// Names of options: those of variables, with dashes.
    static let options = Set(
        lines.compactMap { $0.firstMatch(of: /\bvar (\w+)/)?.1 }.map { name in
            name.reduce(into: "") { $0 += $1.isUppercase ? "-\($1.lowercased())" : String($1) }[...]
        }
    )
}
