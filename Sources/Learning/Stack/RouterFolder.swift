internal import Foundation
internal import Neural
public import Routing

/// A trained router on disk: `router.safetensors`, and `manifest.json` that says where it comes from.
public struct RouterFolder: Sendable {
    /// Where it is.
    public let path: String

    /// The folder at `path`.
    public init(path: String) { self.path = path }

    /// What a folder says of its router.
    public struct Manifest: Codable, Hashable, Sendable {
        /// `stack`, `neighbours` or `ensemble`; `bert`, `moe` or `rl` for a head.
        public var router: String
        /// A digest of all that was learned from, in the order of the files.
        public var data: String
        /// The files that were learned from, by their names.
        public var files: [String]
        /// How many outcomes they held.
        public var rows: Int
        /// What decided all chance.
        public var seed: UInt64
        /// What the data may be used for.
        public var licence: String
        /// The encoder that prompts have to be read by; `nil` if text is enough.
        public var encoder: String?
        /// How good the router was on outcomes that it had not learned from.
        public var metrics: [String: Double]

        /// A manifest with all its parts.
        public init(
            router: String,
            data: String,
            files: [String],
            rows: Int,
            seed: UInt64,
            licence: String,
            encoder: String?,
            metrics: [String: Double]
        ) {
            self.router = router
            self.data = data
            self.files = files
            self.rows = rows
            self.seed = seed
            self.licence = licence
            self.encoder = encoder
            self.metrics = metrics
        }
    }

    private var weightsPath: String { "\(path)/router.safetensors" }
    private var manifestPath: String { "\(path)/manifest.json" }

    /// Writes weights and manifest; the folder is made if there is none.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)``.
    public func write(_ weights: StackWeights, _ manifest: Manifest) throws(DataError) {
        try write(manifest) { path throws(FileError) in try weights.write(to: path) }
    }

    /// Writes a head and its manifest; the folder is made if there is none.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)``.
    public func write(_ head: TrainedHead, _ manifest: Manifest) throws(DataError) {
        try write(manifest) { path throws(FileError) in try head.write(to: path) }
    }

    /// Writes what training came to, and its manifest; the folder is made if there is none.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)``.
    public func write(_ trained: RouterRecipe.Trained, _ manifest: Manifest) throws(DataError) {
        switch trained {
        case .weights(let weights): try write(weights, manifest)
        case .head(let head): try write(head, manifest)
        }
    }

    /// Keeps what the folder holds now beside what will take its place: `previous.safetensors` and its manifest.
    ///
    /// By further names for the same files, so that there is a router at every moment.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)``.
    public func keepPrevious() throws(DataError) {
        for (old, kept) in [(weightsPath, "previous.safetensors"), (manifestPath, "previous.json")] {
            let path = "\(path)/\(kept)"
            guard FileManager.default.fileExists(atPath: old) else { continue }
            do {
                if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
                try FileManager.default.linkItem(atPath: old, toPath: path)
            } catch {
                throw .unreadable(path: path, reason: error.localizedDescription)
            }
        }
    }

    /// Whether there is a router.
    public var isThere: Bool { FileManager.default.fileExists(atPath: manifestPath) }

    private func write(_ manifest: Manifest, weights: (String) throws(FileError) -> Void) throws(DataError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try weights(weightsPath)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try encoder.encode(manifest).write(to: URL(filePath: manifestPath), options: .atomic)
        } catch let error as FileError {
            throw .unreadable(path: weightsPath, reason: error.message)
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }

    /// What the folder says of its router.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)``.
    public func manifest() throws(DataError) -> Manifest {
        do {
            return try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: URL(filePath: manifestPath)))
        } catch {
            throw .unreadable(path: manifestPath, reason: error.localizedDescription)
        }
    }

    /// The router, bound to `models`.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)``.
    public func estimator(models: [ModelPrior]) throws(DataError) -> any QualityEstimator {
        let router = try manifest().router
        do {
            return try EstimatorFile.estimator(at: weightsPath, as: router, models: models)
        } catch {
            throw .unreadable(path: weightsPath, reason: error.message)
        }
    }
}
