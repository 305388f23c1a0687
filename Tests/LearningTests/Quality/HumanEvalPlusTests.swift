import Foundation
import Learning
import Testing

/// Problems written for these tests, in both of the forms that HumanEval+ is published in.
@Suite struct HumanEvalPlusTests {
    private static let checked =
        #"{"task_id":"HumanEval/0","prompt":"def f():\n","entry_point":"f","canonical_solution":"    return 1\n","#
        + #""test":"def check(c): assert c() == 1","atol":0}"#

    /// Whether a number is even, `base` and `plus` being the arguments that it is called with.
    private static func even(base: String = "[[2], [3]]", plus: String = "[[0], [-1]]", atol: String = "0") -> String {
        #"{"task_id":"Own/0","prompt":"def even(n):\n    '''Is \"n\" even?'''\n","entry_point":"even","contract":"","#
            + #""canonical_solution":"    return n % 2 == 0\n","base_input":\#(base),"plus_input":\#(plus),"atol":\#(atol)}"#
    }

    /// The problems of a file in a folder of its own, gone when they are read.
    private func problems(_ text: String, packed: Bool = false) throws -> [HumanEvalPlus] {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "problems.jsonl")
        try Data(text.utf8).write(to: file)
        if packed { try run("gzip", [file.path]) }
        return try HumanEvalPlus.problems(path: file.path + (packed ? ".gz" : ""))
    }

    /// The status of a command that reads `input`.
    @discardableResult private func run(_ command: String, _ arguments: [String], input: String = "") throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [command] + arguments
        let pipe = Pipe()
        (process.standardInput, process.standardError) = (pipe, FileHandle.nullDevice)
        try process.run()
        try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus
    }

    @Test(arguments: [false, true])
    func readsBothFormsPackedOrNot(packed: Bool) throws {
        let read = try problems(Self.checked + "\n\n" + Self.even() + "\r\n", packed: packed)
        #expect(read.map(\.id) == ["HumanEval/0", "Own/0"])
        #expect(read.map(\.parts) == [[.check], [.base, .plus]])
        #expect(read[0].tests == .check("def check(c): assert c() == 1") && read[0].prompt == "def f():\n")
    }

    /// Python writes numbers that are none as no JSON has them, and only outside strings are they meant.
    @Test func readsNumbersThatAreNone() throws {
        let line = Self.even(base: #"[[NaN, -Infinity], ["NaN \" Infinity"]]"#, plus: "[[Infinity]]")
        let read = try #require(try problems(line).first)
        #expect(read.tests == .inputs(line: line))
    }

    @Test(arguments: [
        (checked + "\n" + checked, "HumanEval/0 stands there twice"), ("\n", "has no example"),
        ("{}", "task_id is missing"),
        (checked.replacing("\"test\"", with: "\"tests\""), "neither test nor base_input and plus_input"),
        (even(base: "[1]"), "lists of lists of arguments"), (even(plus: "{}"), "lists of lists of arguments"),
        (even(atol: "Infinit"), "problems.jsonl:1"),
        (even().replacing("\"contract\":\"\"", with: "\"contract\":\"NaN"), "problems.jsonl:1"),
    ])
    func refusesWhatIsNoHumanEvalPlus(text: String, reason: String) {
        #expect {
            try problems(text)
        } throws: { error in
            (error as? DataError)?.message.contains(reason) ?? false
        }
    }

    @Test func refusesFilesThatAreNotPackedOrNotThere() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).jsonl.gz").path
        #expect(throws: DataError.self) { try HumanEvalPlus.problems(path: file) }
        try Data("not packed".utf8).write(to: URL(fileURLWithPath: file))
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect(throws: DataError.unreadable(path: file, reason: "gzip cannot unpack it")) {
            try HumanEvalPlus.problems(path: file)
        }
    }

    /// What becomes of `answer` to the problem on `line` by its parts.
    private func verdicts(_ line: String, _ answer: String) throws -> [Bool] {
        let problem = try #require(try problems(line).first)
        return try problem.parts.map { part in
            try run("python3", ["-I", "-"], input: problem.program(with: answer, part: part)) == 0
        }
    }

    /// Right, right with the whole function, right on HumanEval's own tests alone, wrong, wrong always, without a result for an
    /// argument, and no Python.
    @Test(arguments: [
        ("    return not n & 1", true, true),
        ("```python\ndef even(n):\n    print('n', n)\n    return n % 2 < 1\n```", true, true),
        ("    return n == 2", true, false), ("    return n % 2", false, false), ("    return True", false, false),
        ("    return [True, False].pop(n - 2)", true, false), ("    return ((", false, false),
    ])
    func tellsBaseFromPlus(answer: String, base: Bool, plus: Bool) throws {
        #expect(try verdicts(Self.even(), answer) == [base, plus])
    }

    @Test func theProblemsOwnSolutionsPass() throws {
        for problem in try problems(Self.checked + "\n" + Self.even()) {
            for part in problem.parts {
                #expect(try run("python3", ["-I", "-"], input: problem.canonicalProgram(part: part)) == 0)
            }
        }
    }

    private static func thirds(_ prompt: String, _ solution: String, inputs: String, atol: String = "0") -> String {
        #"{"task_id":"Own/1","prompt":"\#(prompt)","entry_point":"f","canonical_solution":"    \#(solution)\n","#
            + #""base_input":\#(inputs),"plus_input":[],"atol":\#(atol)}"#
    }

    /// Floats agree within a tolerance, lists of them too, and nothing else does; what is handed in is not what the solution
    /// has changed.
    @Test(arguments: [
        ("return x / 3", "return x / 3 + 1e-7", "[[1]]", true), ("return x / 3", "return x / 3 + 1e-5", "[[1]]", false),
        ("return [x / 3, 1.0]", "return [x / 3 + 1e-7, 1.0]", "[[1]]", true),
        ("return [x / 3, 1.0]", "return (x / 3 + 1e-7, 1.0)", "[[1]]", false),
        ("return [x / 3]", "return []", "[[1]]", false),
        ("return x", "return x + 1e-9", "[[1]]", false), ("return x", "return x", "[[NaN], [Infinity]]", true),
        ("return x", "return 0.0", "[[NaN]]", false), ("return x.pop()", "return x.pop()", "[[[1, 2]]]", true),
        ("return sorted(x)", "x.clear(); return [1]", "[[[2, 1]]]", false),
        ("return '✓' + x", "return '✓' + x", #"[["\"\\é\u0000"]]"#, true),
    ])
    func comparesAsEvalPlusDoes(solution: String, answer: String, inputs: String, passes: Bool) throws {
        let line = Self.thirds("def f(x):\\n", solution, inputs: inputs)
        #expect(try verdicts(line, "    " + answer) == [passes, true])
    }

    /// Any zero of a polynomial is right.
    @Test(arguments: [("-1.0", true), ("1.00001", true), ("1.1", false)])
    func takesAnyZero(zero: String, passes: Bool) throws {
        let line = Self.thirds("def f(xs):\\n", "return 1.0", inputs: "[[[-1, 0, 1]]]", atol: "1e-4")
            .replacing("\"f\"", with: "\"find_zero\"").replacing("def f(", with: "def find_zero(")
        #expect(try verdicts(line, "    return \(zero)") == [passes, true])
    }
}
