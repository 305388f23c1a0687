import Foundation

/// The files that are built into the program, so that it starts without any.
enum DefaultFile {
    case settings
    case models
    case simulation

    var text: String {
        switch self {
        case .settings: String(decoding: PackageResources.switchyard_yaml, as: UTF8.self)
        case .models: String(decoding: PackageResources.models_yaml, as: UTF8.self)
        case .simulation: String(decoding: PackageResources.simulation_yaml, as: UTF8.self)
        }
    }
}

extension Section {
    /// Reads `text`, and keeps the place so that later checks can name lines.
    static func read(_ text: String, file: String) throws(ConfigurationErrors) -> (value: Self, place: Place) {
        var report = Report()
        let result = read(text, file: file, into: &report)
        try report.check()
        return result
    }

    /// Reads the file at `path`, or a built-in one.
    static func read(
        path: String?,
        default file: DefaultFile
    ) throws(ConfigurationErrors) -> (value: Self, place: Place) {
        var report = Report()
        let result = read(path: path, default: file, into: &report)
        try report.check()
        return result
    }

    static func read(_ text: String, file: String, into report: inout Report) -> (value: Self, place: Place) {
        var value = Self()
        guard let node = readYAML(text, file: file, report: &report) else { return (value, Place(file: file)) }
        let place = Place(file: file, node: node)
        value.read(at: place, into: &report)
        return (value, place)
    }

    static func read(path: String?, default file: DefaultFile, into report: inout Report) -> (value: Self, place: Place)
    {
        guard let path else { return read(file.text, file: "<defaults>", into: &report) }
        guard let text = fileText(path, into: &report) else { return (Self(), Place(file: path)) }
        return read(text, file: path, into: &report)
    }
}

/// The text of the file at `path`, no more of it than may be.
func fileText(_ path: String, into report: inout Report) -> String? {
    let place = Place(file: path)
    do {
        let handle = try FileHandle(forReadingFrom: URL(filePath: path))
        let data = try handle.read(upToCount: fileBytesMax + 1) ?? Data()
        guard let text = String(validating: data, as: UTF8.self) else {
            report.error(at: place, "is not UTF-8", fix: "save it as UTF-8 text")
            return nil
        }
        return text
    } catch {
        report.error(
            at: place,
            "cannot be read: \(DataFile.reason(of: error))",
            fix: "check the path and its permissions"
        )
        return nil
    }
}
