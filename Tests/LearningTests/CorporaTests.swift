import Foundation
import Learning
import Testing

@Suite struct CorporaTests {
    /// A file in a folder of its own, gone when the test ends.
    private func withFile(_ name: String, _ text: String, _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: name)
        try Data(text.utf8).write(to: file)
        try body(file.path)
    }

    private func rows(_ audiences: [(String, Int)]) -> [(String, String)] {
        audiences.flatMap { audience, count in (0..<count).map { ("Prompt \($0) for \(audience)", audience) } }
    }

    private func counts(_ set: TinyCodes) -> [Int] { [set.train.count, set.validation.count, set.test.count] }

    @Test func balancesTinyCodesAndSplitsItWithoutLeaks() throws {
        let rows = rows([("Beginners", 40), ("Experts", 25), ("Professionals", 20)])
        // The last line repeats the first, and so counts for nothing.
        let lines = (rows + rows.prefix(1)).map { #"{"prompt":"\#($0)","target_audience":"\#($1)","idx":1}"# }
        try withFile("codes.jsonl", lines.joined(separator: "\n")) { path in
            let set = try TinyCodes(path: path, seed: 1)
            #expect(counts(set) == [48, 6, 6])
            let all = set.train + set.validation + set.test
            #expect(Set(all.map(\.prompt)).count == 60)
            let balance = Dictionary(grouping: all, by: \.label).mapValues(\.count)
            #expect(balance == ["light": 20, "general": 20, "code": 20])
            let mapping = Set(all.map { "\($0.origin ?? "") \($0.label)" })
            #expect(mapping == ["Beginners light", "Experts general", "Professionals code"])
            let (again, other) = (try TinyCodes(path: path, seed: 1), try TinyCodes(path: path, seed: 2))
            #expect(again == set)
            #expect(other != set)
        }
    }

    @Test func readsTinyCodesAsCSVToo() throws {
        let rows = rows([("Beginners", 10), ("Experts", 10), ("Professionals", 10)])
        let text = "idx,target_audience,prompt\n" + rows.map { "1,\($1),\"\($0), quoted\"\n" }.joined()
        try withFile("codes.csv", text) { path in
            let set = try TinyCodes(path: path, seed: 1)
            #expect(counts(set) == [24, 3, 3])
        }
    }

    @Test func splitsTheWholeOfTinyCodesAsPublished() throws {
        let rows = rows([("Beginners", 16_633), ("Experts", 16_633), ("Professionals", 16_633)])
        try withFile("codes.csv", "prompt,target_audience\n" + rows.map { "\($0),\($1)\n" }.joined()) { path in
            let set = try TinyCodes(path: path, seed: 1)
            #expect(counts(set) == [39_919, 4_990, 4_990])
        }
    }

    @Test(arguments: [
        ("a.jsonl", "{\"prompt\":\"p\",\"target_audience\":\"Experts\"}\n\n{\"prompt\":\"p\"}", 3, "target_audience"),
        ("a.jsonl", "{\"prompt\":1,\"target_audience\":\"Experts\"}", 1, "prompt is not a string"),
        ("a.jsonl", "{\"prompt\":\"p\",\"target_audience\":\"Cats\"}", 1, "Cats"),
        ("a.jsonl", "[]", 1, "expected a JSON object"),
        ("a.jsonl", "{\"prompt\":", 1, "byte"),
        ("a.csv", "prompt,target_audience\nonly one\n", 2, "a column is missing"),
        ("a.csv", "prompt,audience\n", 1, "columns"),
        ("a.csv", "prompt,target_audience\n\"open,Experts\n", 2, "quoted"),
    ])
    func namesTheLineThatIsWrong(name: String, text: String, line: Int, reason: String) throws {
        try withFile(name, text) { path in
            let error = #expect(throws: DataError.self) { try TinyCodes(path: path, seed: 1) }
            guard case .malformed(_, let number, let found) = error else { throw try #require(error) }
            #expect(number == line)
            #expect(found.contains(reason))
        }
    }
}
