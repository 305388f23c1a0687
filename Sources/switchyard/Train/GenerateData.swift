import ArgumentParser
import Foundation
import HTTP
import Learning

/// `switchyard train generate-data`: writes the synthetic set (S1-29).
struct GenerateData: ParsableCommand {
    /// How a split is written.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case jsonl, json
    }

    static let configuration = CommandConfiguration(
        commandName: "generate-data",
        abstract: "Write synthetic labelled prompts: train, validation, test and held_out.",
        discussion: """
            Prompts are made of templates, variables and modifiers for politeness, urgency and context. None occurs in \
            two splits, and the templates of held_out occur in no other split.
            """
    )

    @Option(help: "Prompts in train, validation and test together.") var samples = 10_000
    @Option(help: "The folder to write to; made if it isn't there.") var outputDir: String
    @Option(help: "The share of templates held out, 0 to below 1.") var heldOut = 0.25
    @Option(help: "Seed of all chance.") var seed: UInt64 = 1
    @Option(help: "jsonl: one object a line; json: one array.") var format = Format.jsonl

    func run() throws {
        var settings = SyntheticPrompts.Settings()
        settings.sampleCount = samples
        settings.heldOutShare = heldOut
        settings.seed = seed
        let set: SyntheticPrompts
        do throws(SyntheticPromptsError) { set = try SyntheticPrompts(settings) } catch {
            throw ValidationError(error.message)
        }
        let folder = URL(fileURLWithPath: outputDir, isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, prompts) in [
            ("train", set.train), ("validation", set.validation), ("test", set.test), ("held_out", set.heldOut),
        ] {
            let file = folder.appending(path: "\(name).\(format.rawValue)")
            try Data(bytes(of: prompts)).write(to: file, options: .atomic)
            print("\(file.path): \(prompts.count) prompts")
        }
    }

    private func bytes(of prompts: [LabelledPrompt]) -> [UInt8] {
        switch format {
        case .jsonl: prompts.flatMap { $0.json + [UInt8(ascii: "\n")] }
        case .json: Array("[\n".utf8) + prompts.map(\.json).joined(separator: Array(",\n".utf8)) + Array("\n]\n".utf8)
        }
    }
}

extension LabelledPrompt {
    fileprivate var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes
    }
}
