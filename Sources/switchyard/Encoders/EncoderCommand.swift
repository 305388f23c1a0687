import ArgumentParser
import Configuration
import Foundation
import Neural
import TextEncoding

/// `switchyard encoder`: the models that prompts are read with.
struct EncoderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encoder",
        abstract: "Add and list the encoders that prompts are read with.",
        subcommands: [Add.self, List.self]
    )

    /// Where encoders are kept: below the state's directory.
    static func folder(of settings: Settings) -> URL {
        URL(filePath: settings.stateDirectory).appending(path: "encoders")
    }

    /// Copies or fetches a model, tries it, and keeps it.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an encoder: a folder as Hugging Face's libraries write it, or a model of its hub.",
            discussion: """
                BERT, MiniLM, DistilBERT, RoBERTa, CodeBERT and ModernBERT, with or without a head for labels. Takes \
                config.json, model.safetensors and the tokenizer's files, loads them and encodes a text; only what works \
                is kept, in encoders/NAME of the state's directory, in place of one of that name. Models of the hub are \
                fetched with curl; a token for private ones is read from HF_TOKEN.
                """
        )

        @Argument(help: "A folder, or a model of the hub such as sentence-transformers/all-MiniLM-L6-v2.")
        var source: String
        @OptionGroup var options: ConfigurationOptions
        @Option(help: "What to call it; by default the folder's or the model's own name.") var name: String?
        @Option(help: "The branch, tag or commit of the hub's model.") var revision = "main"
        @Option(help: "The hub's address.") var endpoint = "https://huggingface.co"
        @Option(help: "The longest file that is fetched, in bytes.") var fileBytesMax = 4 << 30

        func validate() throws {
            guard fileBytesMax > 0 else { throw ValidationError("--file-bytes-max is at least 1") }
        }

        func run() async throws {
            let settings = try options.load().settings
            do {
                let kept = try add(below: EncoderCommand.folder(of: settings))
                print(kept.path)
            } catch let error as EncoderSource.Failure {
                Console.error("switchyard: \(error.message)")
                throw ExitCode(1)
            } catch let error as EncoderError {
                Console.error("switchyard: \(source) can't be used: \(error.message)")
                throw ExitCode(1)
            } catch let error as CocoaError {
                Console.error("switchyard: \(error.localizedDescription)")
                throw ExitCode(1)
            }
        }

        /// Gathers the files beside their place, tries them, and moves them there.
        private func add(below folder: URL) throws -> URL {
            let source = try EncoderSource(source, revision: revision, endpoint: endpoint, fileBytesMax: fileBytesMax)
            let name = name ?? source.name
            guard EncoderSource.isName(name) else { throw EncoderSource.Failure.badName(name) }
            let place = folder.appending(path: name)
            let draft = folder.appending(path: ".\(name).\(ProcessInfo.processInfo.processIdentifier)")
            let files = FileManager.default
            try files.createDirectory(at: draft, withIntermediateDirectories: true)
            defer { try? files.removeItem(at: draft) }
            try source.gather(into: draft)
            let encoder = try Encoder(folder: draft.path)
            Console.error(
                "\(EncoderCommand.description(of: encoder))\(try EncoderCommand.parity(of: encoder, in: draft))"
            )
            let old = draft.appendingPathExtension("old")
            if files.fileExists(atPath: place.path) { try files.moveItem(at: place, to: old) }
            try files.moveItem(at: draft, to: place)
            try? files.removeItem(at: old)
            return place
        }
    }

    /// Texts of several lengths, for which precisions are compared.
    private static let samples = [
        "Why is the sky blue?",
        "Prove that there are infinitely many primes, and say whether your proof is constructive.",
        "def mean(values):\n    return sum(values) / len(values)  # What if there are none?",
        String(repeating: "Summarize the minutes of the meeting, and list who does what until when. ", count: 8),
    ]

    /// Shows what there is.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the encoders that were added.")

        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let folder = EncoderCommand.folder(of: try options.load().settings)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            for name in names.sorted() where !name.hasPrefix(".") {
                let path = folder.appending(path: name).path
                do throws(EncoderError) {
                    print("\(path): \(EncoderCommand.description(of: try Encoder(folder: path)))")
                } catch {
                    print("\(path): can't be used: \(error.message)")
                }
            }
        }
    }

    /// How near the encoder comes to what float32 gives: the least cosine over its layers and some texts.
    private static func parity(of encoder: Encoder, in folder: URL) throws -> String {
        if encoder.precision == .float32 { return "" }
        let exact = try Encoder(folder: folder.path, options: .init(precision: .float32))
        let layers = Array(0...encoder.layerCount)
        let cosines = try samples.flatMap { text in
            zip(try encoder.encode(text, layers: layers), try exact.encode(text, layers: layers)).map(cosine)
        }
        return String(format: ", cosine to float32 at least %.5f", cosines.min() ?? 1)
    }

    private static func cosine(_ left: [Float], _ right: [Float]) -> Double {
        func product(_ left: [Float], _ right: [Float]) -> Double {
            zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let scale = (product(left, left) * product(right, right)).squareRoot()
        return scale == 0 ? 1 : product(left, right) / scale
    }

    private static func description(of encoder: Encoder) -> String {
        let labels = encoder.labels.isEmpty ? "no labels" : "labels \(encoder.labels.joined(separator: ", "))"
        return "\(encoder.layerCount) layers of \(encoder.vectorSize) values, \(labels), \(encoder.precision.rawValue)"
    }
}
