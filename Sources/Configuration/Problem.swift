/// One thing that is wrong in a configuration file: where, what, and what to do about it.
public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// The file's path as given, or `<defaults>` for what is built in.
    public let file: String
    /// The line, from 1; `nil` where the whole file is meant.
    public let line: Int?
    /// The column in Unicode scalars, from 1.
    public let column: Int?
    /// The key's path in the file, such as `models[2].prices.input`; empty for the file itself.
    public let keyPath: String
    /// What is wrong.
    public let message: String
    /// How to put it right.
    public let remedy: String

    /// One line in the form that editors and terminals link: `file:line:column: key: what is wrong; what to do`.
    public var description: String {
        let place = [file, line.map(String.init), column.map(String.init)].compactMap(\.self).joined(separator: ":")
        let what = keyPath.isEmpty ? message : "\(keyPath): \(message)"
        return remedy.isEmpty ? "\(place): \(what)" : "\(place): \(what); \(remedy)"
    }
}

/// Everything that is wrong in the files, in their order, so that one run is enough to mend them all.
public struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
    /// The problems; never empty.
    public let problems: [Problem]

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// What a reading has found so far.
struct Report {
    private(set) var errors: [Problem] = []
    private(set) var warnings: [Problem] = []

    mutating func error(at place: Place, _ message: String, fix remedy: String = "") {
        errors.append(place.problem(message, remedy))
    }

    mutating func warning(at place: Place, _ message: String, fix remedy: String = "") {
        warnings.append(place.problem(message, remedy))
    }

    mutating func add(_ problem: Problem) { errors.append(problem) }

    /// Ends the reading if anything was wrong.
    func check() throws(ConfigurationErrors) {
        guard errors.isEmpty else { throw ConfigurationErrors(problems: errors) }
    }
}
