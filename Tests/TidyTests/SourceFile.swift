import Foundation
import Testing

/// One file of the checkout, as text.
struct SourceFile: Sendable, CustomTestStringConvertible {
    /// From the checkout's root, such as `Sources/HTTP/Head.swift`.
    let path: String
    let text: String
    let lines: [Substring]

    init(path: String, text: String) {
        (self.path, self.text) = (path, text)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    var testDescription: String { path }

    /// The target that the file belongs to: the folder below `Sources`.
    var target: Substring { path.split(separator: "/").dropFirst().first ?? "" }

    /// Whether `word` is anywhere in it; true as well where nobody knows, behind a NUL, which ends the search.
    func holds(_ word: String) -> Bool {
        text.withCString { bytes in
            strlen(bytes) < text.utf8.count || word.withCString { strstr(bytes, $0) != nil }
        }
    }

    /// The lines that the compiler reads, each with its number from 1: comments are blanked, strings are left.
    var code: [(number: Int, text: Substring)] {
        lines.enumerated().map { index, line in
            let isComment = line.drop(while: \.isWhitespace).hasPrefix("//")
            return (index + 1, isComment ? "" : line)
        }
    }

    /// The lines of a document outside of its blocks of code, each with its number from 1.
    var prose: [(number: Int, text: Substring)] {
        var isCode = false
        return lines.enumerated().compactMap { index, line in
            if line.hasPrefix("```") { isCode.toggle() }
            return isCode ? nil : (index + 1, line)
        }
    }

    /// The names of the modules that the file imports.
    var imports: [String] {
        // Most lines are no imports: a search is much quicker than a pattern.
        code.filter { $0.text.contains("import") }.compactMap {
            $0.text.firstMatch(of: /^\s*(?:@\w+ +)*(?:\w+ +)?import +(?:\w+ +)?(\w+)/).map { String($0.1) }
        }
    }
}

extension SourceFile {
    /// Every Swift file below `Sources`.
    static let sources = files(below: "Sources") { $0.hasSuffix(".swift") }

    /// Every text file that people wrote, wherever it lies.
    static let written =
        ["Sources", "Tests", "Config", "Migrations", "deploy", ".ci"].flatMap { folder in
            files(below: folder) { !$0.contains("/Corpus/") && !$0.contains("__pycache__") }
        } + files(["Package.swift", "README.md", "Dockerfile", "docker-compose.yml"])

    /// Every document for readers, in Markdown.
    static let documents = written.filter { $0.path.hasSuffix(".md") }

    /// Every name that `Sources` declares, and those of the rooms themselves.
    static let declared = sources.reduce(into: Set<String>()) { names, file in
        names.insert(String(file.target))
        for line in file.code {
            let words = line.text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
            for (word, next) in zip(words, words.dropFirst()) where declaring.contains(word) {
                names.insert(String(next))
            }
        }
    }

    private static let declaring: Set<Substring> = [
        "struct", "class", "enum", "protocol", "actor", "typealias", "func", "var", "let", "case",
    ]

    /// Whether the checkout has a file or folder at `path`.
    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).standardized.path)
    }

    /// The root of the checkout, found from where this file was compiled.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func files(below folder: String, where isWanted: (String) -> Bool) -> [SourceFile] {
        let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
        let paths = names?.compactMap { $0 as? String }.map { "\(folder)/\($0)" } ?? []
        return files(paths.filter(isWanted).sorted())
    }

    /// The files of `paths` that exist and hold UTF-8.
    private static func files(_ paths: [String]) -> [SourceFile] {
        paths.compactMap { path in
            guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else { return nil }
            return SourceFile(path: path, text: text)
        }
    }
}
