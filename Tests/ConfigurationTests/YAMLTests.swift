import Configuration
import Foundation
import Testing

/// What YAML allows and a configuration does not, and what is no YAML at all.
@Suite struct YAMLTests {
    @Test func repeatedKeyIsRefusedWhereItStandsAgain() {
        let problems = settingsProblems(
            "loops: 1\nlimits:\n  head_bytes_max: 2000\n  json_depth_max: 9\n  head_bytes_max: 3000\n"
        )
        #expect(
            problems.map { "\($0.line ?? 0):\($0.column ?? 0) \($0.message)" } == [
                "5:3 `head_bytes_max` stands twice in one mapping, first in line 3"
            ]
        )
        #expect(settingsProblems("loops: 1\n\"loops\": 1").first?.line == 2)
        #expect(settingsProblems("limits: { json_depth_max: 9, json_depth_max: 9 }").first?.line == 1)
    }

    @Test(arguments: [
        ("limits:\n\thead_bytes_max: 5", 2, "indent with spaces, not tabs"),
        ("loops: 1\nlimits: {\n", 3, "check the indentation, quotes and brackets there"),
        ("loops: 1\n  metrics: off", 2, "check the indentation, quotes and brackets there"),
        ("loops: 1\nstate_directory: \"x\n", 3, "check the indentation, quotes and brackets there"),
        ("loops: 1\n---\nloops: 2", 2, "check the indentation, quotes and brackets there"),
        ("loops: 1\nmetrics: *off", 2, "check the indentation, quotes and brackets there"),
        ("loops: 1\r\nmetrics: &m off", 2, "write the value out"),
        ("# é & more &x\nloops: [\"&y\"]", 2, "write the value out"),
        ("loops: 1\n# a \u{1} b", 2, "save it as UTF-8 text without control characters"),
        ("loops: 1\nmetrics: !!python/object off", 2, "remove it"),
        ("loops: 1\n? [a, b]\n: 1", 1, "write `key: value`"),
    ])
    func faultIsNamedWithItsLine(yaml: String, line: Int, remedy: String) {
        let problems = settingsProblems(yaml)
        #expect(problems.map(\.line) == [line], "\(problems)")
        #expect(problems.map(\.remedy) == [remedy])
    }

    /// Nine lines that would expand to a billion nodes, also as the key of a mapping, are refused at once.
    @Test(arguments: ["", "? *i9\n: 1\n"]) func billionLaughsAreRefusedAtOnce(end: String) {
        var yaml = "i0: &i0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let elements = Array(repeating: "*i\(level - 1)", count: 10).joined(separator: ", ")
            yaml += "i\(level): &i\(level) [\(elements)]\n"
        }
        let start = ContinuousClock.now
        #expect(settingsProblems(yaml + end).map(\.line) == [1])
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    /// An anchor hides from no comment: whatever libyaml takes for a line break ends one.
    @Test(arguments: ["\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}"])
    func anchorBehindACommentIsSeen(end: String) {
        #expect(settingsProblems("# comment\(end)loops: &a 1\n").map(\.remedy) == ["write the value out"])
    }

    @Test(arguments: [
        (32, "expected a mapping, not a list"), (33, "is nested too deeply"), (900, "is nested too deeply"),
        (100_000, "is no YAML: "),
    ])
    func deepNestingIsRefused(depth: Int, message: String) {
        let yaml = "limits: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(settingsProblems(yaml).map { $0.message.hasPrefix(message) } == [true])
    }

    @Test func hugeTextIsRefused() {
        let problems = settingsProblems(String(repeating: "# filler\n", count: 1_000_000))
        #expect(problems.map(\.message) == ["is larger than 8388608 bytes"])
    }

    @Test func unreadableFileIsNamed() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "configuration-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
        let binary = folder.appending(path: "binary.yaml").path
        try Data([0x6c, 0xff, 0xfe, 0x00]).write(to: URL(filePath: binary))
        for path in [folder.appending(path: "absent.yaml").path, folder.path, binary] {
            let error = #expect(throws: ConfigurationErrors.self) {
                try GatewayConfiguration.load(settingsPath: path, modelsPath: nil, environment: [:])
            }
            #expect(error?.problems.map(\.file) == [path])
            #expect(error?.problems.first?.line == nil)
        }
    }

    /// JSON is YAML, and a byte order mark or Windows' line ends change nothing.
    @Test func otherSpellingsReadTheSame() throws {
        let expected = try Settings(yaml: "loops: 3\nlimits:\n  json_depth_max: 9\n", file: "")
        for yaml in [
            "\u{feff}loops: 3\nlimits:\n  json_depth_max: 9\n", "loops: 3\r\nlimits:\r\n  json_depth_max: 9\r\n",
            "{\"loops\": 3, \"limits\": {\"json_depth_max\": 9}}",
            "%YAML 1.2\n---\nloops: 3\nlimits: {json_depth_max: 9}",
        ] {
            #expect(try Settings(yaml: yaml, file: "") == expected, "\(yaml)")
        }
    }
}
