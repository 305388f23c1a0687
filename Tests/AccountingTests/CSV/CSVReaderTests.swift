import Accounting
import Domain
import Testing

@Suite struct CSVReaderTests {
    private func records(_ text: String, separator: Character = ",") -> [CSVRecord] {
        Array(CSVReader(Array(text.utf8), separator: separator.asciiValue ?? 0))
    }

    private func fields(_ text: String) -> [[String]] { records(text).map { (try? $0.fields.get()) ?? ["fault"] } }

    /// The grammar and the examples of RFC 4180, §2.
    @Test(arguments: [
        ("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
        ("aaa,bbb,ccc\r\nzzz,yyy,xxx", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
        ("\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx", [["aaa", "b\r\nbb", "ccc"], ["zzz", "yyy", "xxx"]]),
        ("\"aaa\",\"b\"\"bb\",\"ccc\"", [["aaa", "b\"bb", "ccc"]]),
        (" a , b ", [[" a ", " b "]]),
        (",,\r\n", [["", "", ""]]),
        ("\"\"\n", [[""]]),
    ])
    func readsTheStandard(text: String, expected: [[String]]) {
        #expect(fields(text) == expected)
    }

    /// What programs write all the same.
    @Test(arguments: [
        ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]), ("a,b\rc,d\r", [["a", "b"], ["c", "d"]]),
        ("\u{feff}a,b\n", [["a", "b"]]), ("\n\r\n\ra\n\n\nb\n\n", [["a"], ["b"]]),
        ("5\" disk,a\"b", [["5\" disk", "a\"b"]]),
        ("", []), ("\n", []), ("é,日本語,😀", [["é", "日本語", "😀"]]),
    ])
    func readsWhatIsWrittenAllTheSame(text: String, expected: [[String]]) {
        #expect(fields(text) == expected)
    }

    @Test func otherSeparators() {
        #expect(records("a;b,c", separator: ";").first?.fields == .success(["a", "b,c"]))
        #expect(records("a\tb", separator: "\t").first?.fields == .success(["a", "b"]))
    }

    /// A bad line costs itself alone, and is told by its number.
    @Test(arguments: [
        ("\"x\"y,1", CSVRecord.Fault.textAfterQuote), ("\"x", .unterminatedQuote), ("1,\"\"\"", .unterminatedQuote),
        (String(repeating: "x", count: 101), .fieldTooLong),
        ("\"" + String(repeating: "x", count: 101) + "\"", .fieldTooLong),
        (String(repeating: ",", count: 10), .tooManyFields),
    ])
    func goesOnAfterABadLine(bad: String, fault: CSVRecord.Fault) {
        let text = "a,b\n\"c\nd\",e\n\(bad)\nf,g\n"
        let records = Array(CSVReader(Array(text.utf8), fieldBytesMax: 100, fieldCountMax: 10))
        #expect(records.map(\.line) == [1, 2, 4, 5])
        #expect(records[2].fields == .failure(fault))
        #expect(records[3].fields == .success(["f", "g"]))
    }

    @Test func justWithinTheLimits() {
        let long = String(repeating: "x", count: 100)
        let text = "\(long),\"\(long)\"\n" + String(repeating: ",", count: 9)
        let records = Array(CSVReader(Array(text.utf8), fieldBytesMax: 100, fieldCountMax: 10))
        #expect(records.map(\.fields) == [.success([long, long]), .success(Array(repeating: "", count: 10))])
    }

    @Test func whatIsNotTextIsAFault() {
        let records = Array(CSVReader([0x61, 0x2C, 0xFF, 0x0A, 0x62]))
        #expect(records.map(\.fields) == [.failure(.notUTF8), .success(["b"])])
    }

    /// What is written by the standard is read back, whatever the fields hold and however lines end.
    @Test(arguments: 0..<200)
    func readsBackWhatWasWritten(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["", "a", "\"", "\"\"", ",", "\r\n", "\n", "\r", " ", "é", "😀", ";", "\u{0}"]
        let rows = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
            (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                (0..<Int.random(in: 0...4, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? ""
                }.joined()
            }
        }
        let end = ["\r\n", "\n", "\r"].randomElement(using: &generator) ?? "\n"
        let text = rows.map { row in
            row.map { field in
                let isPlain = field.utf8.allSatisfy { ![0x22, 0x2C, 0x0A, 0x0D].contains($0) }
                if isPlain, row.count > 1 || !field.isEmpty, Bool.random(using: &generator) { return field }
                return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                    + "\""
            }.joined(separator: ",")
        }.joined(separator: end)
        #expect(fields(text) == rows)
    }

    /// No bytes make it trap or loop; lines go up, and no record comes from nowhere.
    @Test(arguments: 0..<200)
    func survivesAnyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("\"\"\",,\r\n\nab\u{e9}".utf8) + [0xFF, 0x00]
        let bytes = (0..<400).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
        let records = Array(CSVReader(bytes, fieldBytesMax: 20, fieldCountMax: 6))
        #expect(zip(records, records.dropFirst()).allSatisfy { $0.line < $1.line })
        #expect(records.count <= bytes.count { $0 == 0x0A || $0 == 0x0D } + 1)
    }
}
