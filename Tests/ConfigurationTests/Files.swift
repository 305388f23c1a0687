import Configuration
import Foundation

/// The repository's root.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// The text of a file of the repository.
func text(of path: String) throws -> String {
    try String(contentsOf: repository.appending(path: path), encoding: .utf8)
}

/// The registry files that are shipped beside the default one, by their paths from the root.
let registryPaths = ["registries", "examples"].flatMap { folder in
    let names = try? FileManager.default.contentsOfDirectory(
        atPath: repository.appending(path: "Config/\(folder)").path
    )
    return (names ?? []).sorted().map { "Config/\(folder)/\($0)" }
}

/// What is wrong with `yaml` as settings; empty if nothing is.
func settingsProblems(_ yaml: String) -> [Problem] {
    do {
        _ = try Settings(yaml: yaml, file: "s.yaml")
        return []
    } catch { return error.problems }
}

/// What is wrong with `yaml` as a registry; empty if nothing is.
func registryProblems(_ yaml: String) -> [Problem] {
    do {
        _ = try Registry(yaml: yaml, file: "m.yaml")
        return []
    } catch { return error.problems }
}
