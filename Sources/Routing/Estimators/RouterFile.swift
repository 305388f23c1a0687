public import Neural

/// The folder of a router that has learned, as `switchyard train` writes it.
public enum RouterFile {
    /// The router in the folder at `path`, bound to `models`.
    ///
    /// It reads files, so no loop may call it.
    ///
    /// - Throws: ``FileError`` if there is no router, or one that cannot be used.
    public static func estimator(inFolder path: String, models: [ModelPrior]) throws(FileError) -> any QualityEstimator
    {
        try HeadEstimator(SafetensorsFile(path: "\(path)/head.safetensors"), models: models)
    }
}
