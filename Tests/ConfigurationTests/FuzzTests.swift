import Configuration
import Domain
import Testing

/// Whatever a file holds, it is read or refused with a reason; nothing crashes, and what is read is in bounds.
@Suite struct FuzzTests {
    @Test(arguments: 0..<300) func mutatedFilesAreReadOrRefused(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let settings = try mutate(text(of: "Config/switchyard.yaml"), using: &generator)
        let path = (["Config/models.yaml"] + registryPaths).randomElement(using: &generator) ?? ""
        let models = try mutate(text(of: path), using: &generator)
        do {
            let configuration = try GatewayConfiguration(settingsYAML: settings, modelsYAML: models, environment: [:])
            #expect(configuration.catalogue.models.allSatisfy { (0...1).contains($0.quality) && $0.prices.input >= 0 })
            let again = try GatewayConfiguration(exported: configuration.effectiveText, file: "", environment: [:])
            #expect(again.settings == configuration.settings)
            #expect(again.registry == configuration.registry)
        } catch {
            #expect(!error.problems.isEmpty)
            for problem in error.problems {
                #expect(!problem.message.isEmpty && !problem.description.contains("\n"))
                let file = problem.file == "models" ? models : settings
                let lines = file.unicodeScalars.split(omittingEmptySubsequences: false) {
                    "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0)
                }
                #expect(problem.line.map { (1...lines.count + 1).contains($0) } ?? true, "\(problem)")
            }
        }
    }

    /// Changes of one byte, one token and one line, some of each, so that most files stay YAML and go deep.
    private func mutate(_ text: String, using generator: inout SeededGenerator) -> String {
        let tokens = [
            "null", "~", "true", "-1", "1e308", "1e999", ".nan", "0x1F", "99999999999999999999", "\"\"", "[]", "{}",
            "*a",
            "&a", "!!binary", "|", ">", "- ", "? ", ": ", "#", "\t", "\u{0}", "\u{85}", "\u{feff}", "\u{1F600}",
            "<<: {}",
            "'", "\"", "%", "---", "...", "[[[[[[[[[[", "{a: {a: {a: {", "\r", "0.05", "5", "auto", "\\", "@", "`",
        ]
        var lines = text.split(separator: "\n").filter { !$0.contains("# ") || Bool.random(using: &generator) }.map(
            String.init
        )
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            let index = Int.random(in: lines.indices, using: &generator)
            let token = tokens.randomElement(using: &generator) ?? ""
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: lines.remove(at: index)
            case 1: lines.insert(lines[index], at: Int.random(in: lines.indices, using: &generator))
            case 2: lines[index] = String(lines[index].prefix { $0 != ":" }) + ": " + token
            case 3: lines[index] += token
            case 4: lines[index] = " " + lines[index]
            default:
                var scalars = Array(lines[index].unicodeScalars)
                scalars.insert(
                    contentsOf: token.unicodeScalars,
                    at: Int.random(in: 0...scalars.count, using: &generator)
                )
                lines[index] = String(String.UnicodeScalarView(scalars))
            }
        }
        return lines.joined(separator: "\n")
    }
}
