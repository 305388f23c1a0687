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
        for ban in Ban.inCode {
            for number in ban.lines(of: file, isInCode: true) { record(ban, in: file, line: number) }
        }
    }

    @Test(arguments: SourceFile.written)
    func obeysTheBansOnText(file: SourceFile) {
        for ban in Ban.inText {
            for number in ban.lines(of: file, isInCode: false) { record(ban, in: file, line: number) }
        }
    }

    /// Each word and the pattern find what they should, between lines that are fine.
    @Test func bansBite() {
        for (bans, isInCode) in [(Ban.inCode, true), (Ban.inText, false)] {
            for ban in bans {
                #expect(ban.words.count == ban.examples.count)
                for (word, example) in zip(ban.words, ban.examples) {
                    let file = SourceFile(path: "Sources/Domain/File.swift", text: "let a = 1\n\(example)\n")
                    #expect(file.holds(word), "\(word)")
                    #expect(ban.lines(of: file, isInCode: isInCode) == [2], "\(example)")
                }
            }
        }
    }

    /// Whatever switches a check of the compiler's off says, right above, why it is right all the same.
    @Test(arguments: SourceFile.sources)
    func provesWhatTheCompilerIsToldToTrust(file: SourceFile) {
        // A search of the file for words is much quicker than the pattern.
        guard ["@unchecked Sendable", "nonisolated(unsafe)", "unsafe "].contains(where: file.holds) else { return }
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
        let importers = Set(SourceFile.sources.filter { $0.holds(module) && $0.imports.contains(module) }.map(\.target))
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
