import Testing

/// The rules of the house that neither the compiler nor the formatter knows.
@Suite struct TidyTests {
    @Test func seesTheWholeCheckout() {
        #expect(SourceFile.sources.count > 20)
        #expect(SourceFile.written.count > SourceFile.sources.count)
    }

    @Test(arguments: SourceFile.sources)
    func staysBelow400Lines(file: SourceFile) {
        #expect(
            file.lines.count <= 401,
            "\(file.path) has \(file.lines.count - 1) lines: nobody reads that at once; split it by what it does"
        )
    }

    @Test(arguments: SourceFile.sources)
    func obeysTheBansOnCode(file: SourceFile) {
        for ban in Ban.inCode where !ban.except.contains(file.target) {
            let pattern = ban.pattern()
            for line in file.code where line.text.contains(pattern) { record(ban, in: file, line: line.number) }
        }
    }

    @Test(arguments: SourceFile.written)
    func obeysTheBansOnText(file: SourceFile) {
        for ban in Ban.inText {
            let pattern = ban.pattern()
            for (index, line) in file.lines.enumerated() where line.contains(pattern) {
                record(ban, in: file, line: index + 1)
            }
        }
    }

    /// Whatever switches a check of the compiler's off says, right above, why it is right all the same.
    @Test(arguments: SourceFile.sources)
    func provesWhatTheCompilerIsToldToTrust(file: SourceFile) {
        let claim = /@unchecked Sendable|nonisolated\(unsafe\)|(?:^|[^\w"])unsafe [^:]/
        for line in file.code where line.text.contains(claim) {
            #expect(
                hasProof(above: line.number - 1, in: file, of: claim),
                "\(file.path):\(line.number) tells the compiler to trust it: put the proof in a // line above"
            )
        }
    }

    /// Imports point down the table of floors in Gateway.docc/Architecture.md.
    @Test(arguments: SourceFile.sources)
    func importsOnlyFloorsBelow(file: SourceFile) throws {
        let allowed = try #require(
            Floors.allowed[String(file.target)],
            "\(file.target) is on no floor: add it to Floors and to the architecture page"
        )
        for module in file.imports where Floors.allowed[module] != nil && !allowed.contains(module) {
            Issue.record("\(file.path) imports \(module), which is not below \(file.target)")
        }
    }

    /// One owner for each C library, or those that are named, so that few targets know its rules.
    @Test(arguments: Floors.wrappers)
    func isImportedByItsOwners(module: String) {
        let importers = Set(SourceFile.sources.filter { $0.imports.contains(module) }.map(\.target))
        if let owners = Floors.owners[module] { return #expect(importers == owners) }
        #expect(importers.count == 1, "\(module) is imported by \(importers.sorted())")
    }

    private func record(_ ban: Ban, in file: SourceFile, line: Int) {
        Issue.record("\(file.path):\(line): \(ban.name) is banned: \(ban.reason). Instead: \(ban.replacement).")
    }

    /// Whether a `//` line stands above the line at `index`, past its doc comment and its fellows.
    private func hasProof(above index: Int, in file: SourceFile, of claim: some RegexComponent) -> Bool {
        for line in file.lines[..<index].reversed().map({ $0.drop(while: \.isWhitespace) }) {
            if line.hasPrefix("///") || line.hasPrefix("@") { continue }
            if line.hasPrefix("//") { return true }
            guard line.contains(claim) else { return false }
        }
        return false
    }
}
