import Foundation
import Neural
import TextEncoding

/// Where an encoder's files come from.
enum EncoderSource {
    /// A folder of this machine.
    case folder(URL)
    /// A model of a hub that lays its files out as Hugging Face's does.
    case hub(HubModel)

    /// Why there are no files.
    enum Failure: Error {
        case unknownSource(String)
        case badName(String)
        case badEndpoint(String)
        case noCurl
        case missing(file: String, of: String)
        case unreachable(url: String, reason: String)

        var message: String {
            switch self {
            case .unknownSource(let source): "\(source) is neither a folder nor a model of the hub, such as owner/name"
            case .badName(let name): "an encoder can't be called “\(name)”: letters, digits, dots, dashes, underscores"
            case .badEndpoint(let url): "\(url) is not the address of a hub: http:// or https://"
            case .noCurl: "models of the hub are fetched with the program curl, which is not in PATH"
            case .missing(let file, let source): "\(source) has no \(file)"
            case .unreachable(let url, let reason): "\(url): \(reason)"
            }
        }
    }

    /// The files of a model, and whether it is nothing without them; of a tokenizer there are several forms.
    private static let files = [
        ("config.json", true), ("model.safetensors", false), ("tokenizer.json", false),
        ("tokenizer_config.json", false),
        ("vocab.txt", false), ("vocab.json", false), ("merges.txt", false),
    ]

    /// A folder if there is one of that name, else a model of the hub.
    init(_ source: String, revision: String, endpoint: String, fileBytesMax: Int) throws(Failure) {
        let folder = URL(filePath: source).standardizedFileURL
        if (try? folder.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false {
            self = .folder(folder)
            return
        }
        let parts = source.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard 1...2 ~= parts.count, parts.allSatisfy(Self.isName) else { throw .unknownSource(source) }
        guard Self.isName(revision) else { throw .badName(revision) }
        guard let url = URL(string: endpoint), ["http", "https"].contains(url.scheme), url.host() != nil else {
            throw .badEndpoint(endpoint)
        }
        self = .hub(HubModel(id: source, revision: revision, endpoint: url, fileBytesMax: fileBytesMax))
    }

    /// Whether a text is one step of a path, and no way out of it.
    static func isName(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9._\-]{0,95}/) != nil
    }

    /// What the encoder is called if nobody says.
    var name: String {
        switch self {
        case .folder(let url): url.lastPathComponent
        case .hub(let model): model.id.split(separator: "/").last.map { $0.lowercased() } ?? model.id
        }
    }

    /// Puts the files that there are into `folder`.
    func gather(into folder: URL) throws {
        for (file, isNeeded) in Self.files {
            if try !gather(file, into: folder), isNeeded { throw Failure.missing(file: file, of: description) }
        }
        guard !FileManager.default.fileExists(atPath: folder.appending(path: "model.safetensors").path) else { return }
        guard try gather(SafetensorsIndex.name, into: folder), let index = try index(in: folder) else {
            throw Failure.missing(file: "model.safetensors", of: description)
        }
        for file in index.files {
            guard try gather(file, into: folder) else { throw Failure.missing(file: file, of: description) }
        }
    }

    private func index(in folder: URL) throws(EncoderError) -> SafetensorsIndex? {
        do { return try SafetensorsIndex(folder: folder.path) } catch { throw .weights(error) }
    }

    /// Puts a file into `folder`, if there is one.
    private func gather(_ file: String, into folder: URL) throws -> Bool {
        let target = folder.appending(path: file)
        switch self {
        case .folder(let source):
            let path = source.appending(path: file)
            guard FileManager.default.fileExists(atPath: path.path) else { return false }
            try FileManager.default.copyItem(at: path.resolvingSymlinksInPath(), to: target)
            return true
        case .hub(let model): return try model.fetch(file, to: target)
        }
    }

    private var description: String {
        switch self {
        case .folder(let url): url.path
        case .hub(let model): model.id
        }
    }
}

/// A model of a hub; its files are fetched by curl, which follows the hub's redirections to where they are stored.
struct HubModel {
    let id: String
    let revision: String
    let endpoint: URL
    let fileBytesMax: Int

    /// Fetches a file of the model.
    ///
    /// - Returns: Whether there is such a file.
    func fetch(_ file: String, to target: URL) throws(EncoderSource.Failure) -> Bool {
        let url = endpoint.appending(path: "\(id)/resolve/\(revision)/\(file)").absoluteString
        let curl = Process()
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        curl.executableURL = URL(filePath: "/usr/bin/env")
        curl.arguments = [
            "curl", "--config", "-", "--silent", "--show-error", "--location", "--max-redirs", "5", "--proto",
            "=http,https",
            // What is asked for safely is not fetched in the clear.
            "--proto-redir", endpoint.scheme == "http" ? "=http,https" : "=https",
            "--max-filesize", "\(fileBytesMax)", "--connect-timeout", "20", "--speed-limit", "1000", "--speed-time",
            "60",
            "--retry", "3", "--output", target.path, "--write-out", "%{http_code}", url,
        ]
        (curl.standardInput, curl.standardOutput, curl.standardError) = (input, output, errors)
        do { try curl.run() } catch { throw .unreachable(url: url, reason: error.localizedDescription) }
        // By way of its input: arguments are shown to everyone on the machine.
        let token = ProcessInfo.processInfo.environment["HF_TOKEN"] ?? ""
        if token.wholeMatch(of: /[A-Za-z0-9_\-]+/) != nil {
            Console.write(Data("header = \"authorization: Bearer \(token)\"\n".utf8), to: input.fileHandleForWriting)
        }
        try? input.fileHandleForWriting.close()
        let status = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        let reason = String(decoding: (try? errors.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        curl.waitUntilExit()
        if curl.terminationStatus == 127 { throw .noCurl }
        guard curl.terminationStatus == 0 else {
            throw .unreachable(url: url, reason: reason.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        switch status {
        case "200": return true
        case "404":
            // What curl wrote is the hub's page about it.
            try? FileManager.default.removeItem(at: target)
            return false
        default: throw .unreachable(url: url, reason: "the hub answered \(status)")
        }
    }
}
