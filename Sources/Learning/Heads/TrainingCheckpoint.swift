import Neural

/// A training that can go on: weights, the best of them, the optimiser's moments, and where it stands.
public struct TrainingCheckpoint {
    var tensors: [String: Matrix]
    /// Where the training stood.
    public let progress: TrainingProgress
    let stepCount: Int

    init(tensors: [String: Matrix], progress: TrainingProgress, stepCount: Int) {
        (self.tensors, self.progress, self.stepCount) = (tensors, progress, stepCount)
    }

    /// Reads a checkpoint's file.
    ///
    /// - Throws: ``TrainingError/unreadable(_:)`` if it isn't there or isn't one.
    public init(path: String) throws(TrainingError) {
        do throws(FileError) {
            let file = try SafetensorsFile(path: path)
            var tensors: [String: Matrix] = [:]
            for name in file.tensors.keys { tensors[name] = try file.matrix(name) }
            self.tensors = tensors
            guard let progress = TrainingProgress(metadata: file.metadata),
                let stepCount = file.metadata["optimiser_steps"].flatMap(Int.init)
            else { throw FileError.malformed(reason: "it is no checkpoint") }
            (self.progress, self.stepCount) = (progress, stepCount)
        } catch {
            throw .unreadable("\(path): \(error.message)")
        }
    }

    /// Writes it; whoever reads the file meanwhile sees the one before.
    ///
    /// - Throws: ``TrainingError/unwritable(_:)``.
    public func write(to path: String) throws(TrainingError) {
        var metadata = progress.metadata
        metadata["optimiser_steps"] = "\(stepCount)"
        do throws(FileError) {
            try Safetensors.write(tensors.mapValues { Safetensors.Tensor($0) }, metadata: metadata, to: path)
        } catch {
            throw .unwritable("\(path): \(error.message)")
        }
    }
}

/// Why a router can't be trained.
public enum TrainingError: Error, Hashable, Sendable {
    /// A file can't be read, and why.
    case unreadable(String)
    /// A file can't be written, and why.
    case unwritable(String)
    /// The checkpoint is that of another network, or of other data.
    case checkpointDoesNotFit
    /// There is nothing to learn from, and why.
    case unusable(String)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .unreadable(let reason), .unwritable(let reason), .unusable(let reason): reason
        case .checkpointDoesNotFit: "the checkpoint is of another network or of other data; start anew without --resume"
        }
    }
}
