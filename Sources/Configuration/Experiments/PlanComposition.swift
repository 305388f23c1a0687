internal import Domain
internal import FoundationEssentials

/// A tree of settings for experiments, and the jobs that overrides make of it: Hydra's way of composing.
///
/// `config.yaml` lists, under `defaults`, an option of each group: `optimizer: qt` stands for `optimizer/qt.yaml`, whose
/// settings come first; what `config.yaml` says itself comes over them, and overrides over that. An override is
/// `key=value`, `group=option` or `group.key=value`. Values with commas make a job each, in every combination.
public struct PlanComposition: Sendable {
    /// One experiment.
    public struct Job: Hashable, Sendable {
        /// What it overrides, such as `vp=24,optimizer=greedy`; `default` for nothing.
        public let name: String
        /// Its settings.
        public let settings: ExperimentSettings
    }

    /// Most jobs of one call.
    public static let jobsMax = 10_000
    private static let groups = ["optimizer", "user_groups", "fleet"]

    private let folder: String
    private let root: [(key: String, line: Int, column: Int, value: Node)]
    private let defaults: [(group: String, option: String)]

    /// Where the tree is, if nobody says: in a checkout, and where Switchyard is installed.
    public static let usualFolders = ["Config/plan", "/etc/switchyard/plan"]

    /// Reads `config.yaml` of the first of some folders that has one.
    ///
    /// - Throws: ``ConfigurationErrors`` with the file and the line.
    public init(folders: [String] = Self.usualFolders) throws(ConfigurationErrors) {
        let files = folders.map { "\($0)/config.yaml" }
        guard let place = files.firstIndex(where: DataFile.exists) else {
            throw Self.fault(
                "there is no \(files.joined(separator: ", nor "))",
                "run it in a checkout of Switchyard, or name a folder such as its Config/plan with --config",
                in: "--config"
            )
        }
        let file = files[place]
        folder = folders[place]
        var report = Report()
        guard case .map(let pairs)? = try Self.read(file)?.content else {
            report.error(at: Place(file: file), "is no mapping", fix: "write `key: value` lines")
            throw ConfigurationErrors(problems: report.errors)
        }
        root = pairs.filter { $0.key != "defaults" }
        var defaults: [(group: String, option: String)] = []
        if let list = pairs.first(where: { $0.key == "defaults" }) {
            if case .list(let entries) = list.value.content {
                for entry in entries {
                    guard case .map(let options) = entry.content, options.count == 1, let option = options.first,
                        Self.groups.contains(option.key), case .scalar(let name, _) = option.value.content
                    else {
                        let place = Place(file: file).adding(key: "defaults", node: entry)
                        report.error(at: place, "is no default", fix: "write `optimizer: qt`, or another group's")
                        continue
                    }
                    defaults.append((option.key, name))
                }
            } else {
                report.error(at: Place(file: file).adding(key: "defaults", node: list.value), "is no list")
            }
        }
        try report.check()
        self.defaults = defaults
    }

    /// The jobs of a call: one for each combination of the overrides' values.
    ///
    /// - Throws: ``ConfigurationErrors`` with every override and file that is wrong.
    public func jobs(_ overrides: [String]) throws(ConfigurationErrors) -> [Job] {
        var combinations: [[(key: String, value: String)]] = [[]]
        for override in overrides {
            guard let equals = override.firstIndex(of: "=") else {
                throw Self.fault("`\(override)` is no override", "write key=value")
            }
            let key = String(override[..<equals])
            let values = Self.values(in: override[override.index(after: equals)...])
            guard !key.isEmpty, !values.contains("") else {
                throw Self.fault("`\(override)` lacks a key or a value", "write key=value, or key=a,b")
            }
            combinations = combinations.flatMap { combination in values.map { combination + [(key, $0)] } }
            guard combinations.count <= Self.jobsMax else {
                throw Self.fault("there are more than \(Self.jobsMax) combinations", "sweep over fewer values")
            }
        }
        var jobs: [Job] = []
        for combination in combinations {
            let named = combination.filter { $0.key != "result_dir" }
            let name = named.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            jobs.append(Job(name: name.isEmpty ? "default" : name, settings: try settings(combination)))
        }
        return jobs
    }

    /// Composes one job.
    private func settings(_ overrides: [(key: String, value: String)]) throws(ConfigurationErrors) -> ExperimentSettings
    {
        var options = defaults
        for (key, value) in overrides where Self.groups.contains(key) {
            options.removeAll { $0.group == key }
            options.append((key, value))
        }
        var node = Node(content: .map([]), line: 1, column: 1)
        for (group, option) in options { node.set([group], to: try self.option(option, of: group)) }
        for pair in root { node.merge(pair.value, at: [pair.key]) }
        for (key, value) in overrides where !Self.groups.contains(key) {
            node.set(Self.path(key), to: try Self.value(value, of: key))
        }
        var (settings, report) = (ExperimentSettings(), Report())
        settings.read(at: Place(file: "\(folder)/config.yaml", node: node), into: &report)
        guard report.errors.isEmpty else {
            throw ConfigurationErrors(problems: report.errors.map { Self.located($0, overrides) })
        }
        return settings
    }

    /// A problem where it was made: what an override sets stands on no line of a file.
    private static func located(_ problem: Problem, _ overrides: [(key: String, value: String)]) -> Problem {
        func begins(_ whole: String, with path: String) -> Bool {
            whole == path || whole.hasPrefix("\(path).") || whole.hasPrefix("\(path)[")
        }
        let paths = overrides.map { path($0.key).joined(separator: ".") }
        let above = overrides.indices.filter { begins(problem.keyPath, with: paths[$0]) }
        // The nearest; else one within what is wrong as a whole, such as a mapping that nobody knows.
        guard
            let place = above.max(by: { (paths[$0].utf8.count, $0) < (paths[$1].utf8.count, $1) })
                ?? overrides.indices.last(where: { begins(paths[$0], with: problem.keyPath) })
        else { return problem }
        let cause = overrides[place]
        return Problem(
            file: "<\(cause.key)=\(cause.value)>",
            line: nil,
            column: nil,
            keyPath: problem.keyPath,
            message: problem.message,
            remedy: problem.remedy
        )
    }

    /// The settings of a group's option: a file's, or one of the original's mixes `p0` to `p100`.
    private func option(_ name: String, of group: String) throws(ConfigurationErrors) -> Node {
        let isName = name.utf8.allSatisfy { $0 == 45 || $0 == 95 || (48...57).contains($0) || (65...122).contains($0) }
        guard isName else { throw Self.fault("`\(name)` is no option's name", "use letters, digits, - and _") }
        let file = "\(folder)/\(group)/\(name).yaml"
        if group == "user_groups", name.first == "p", let percent = Int(name.dropFirst()), !DataFile.exists(at: file) {
            return try Self.value("{premium_percent: \(percent)}", of: group)
        }
        guard DataFile.exists(at: file) else {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(group)")) ?? []
            let options = names.filter { $0.hasSuffix(".yaml") }.map { $0.dropLast(5) }.sorted()
            throw Self.fault("there is no \(file)", "choose \(group)= one of \(options.joined(separator: ", "))")
        }
        return try Self.read(file) ?? Node(content: .map([]), line: 1, column: 1)
    }

    /// A key's path; one that only the optimizer knows is the optimizer's, as in `optimizer=greedy mode=weighted`.
    private static func path(_ key: String) -> [String] {
        let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isOptimizers = OptimizerSettings.fields.contains { $0.key == key }
        return isOptimizers && !ExperimentSettings.fields.contains { $0.key == key } ? ["optimizer", key] : path
    }

    private static func value(_ text: String, of key: String) throws(ConfigurationErrors) -> Node {
        var report = Report()
        let node = readYAML("value: \(text)", file: "<\(key)=\(text)>", report: &report)
        try report.check()
        guard case .map(let pairs)? = node?.content, let pair = pairs.first else {
            throw fault("`\(key)=\(text)` has no value", "write key=value")
        }
        return pair.value
    }

    /// What stands between commas, but for those within brackets.
    private static func values(in text: Substring) -> [String] {
        var (values, depth) = ([""], 0)
        for character in text {
            if "[{".contains(character) { depth += 1 }
            if "]}".contains(character) { depth -= 1 }
            if character == ",", depth == 0 { values.append("") } else { values[values.count - 1].append(character) }
        }
        return values
    }

    private static func read(_ file: String) throws(ConfigurationErrors) -> Node? {
        let bytes: [UInt8]
        do throws(DataFile.Unreadable) {
            bytes = try DataFile.bytes(at: file, bytesMax: fileBytesMax)
        } catch {
            throw fault(error.description, "expected settings of experiments at \(file)")
        }
        var report = Report()
        let node = readYAML(String(decoding: bytes, as: UTF8.self), file: file, report: &report)
        try report.check()
        return node
    }

    private static func fault(
        _ message: String,
        _ remedy: String,
        in file: String = "<overrides>"
    ) -> ConfigurationErrors {
        let place = Place(file: file)
        return ConfigurationErrors(problems: [place.problem(message, remedy)])
    }
}

extension Node {
    /// Puts a value at a path of keys; mappings are made where there are none.
    fileprivate mutating func set(_ path: [String], to value: Node) {
        guard let key = path.first else {
            self = value
            return
        }
        var pairs: [(key: String, line: Int, column: Int, value: Node)] = []
        if case .map(let found) = content { pairs = found }
        let place = pairs.firstIndex { $0.key == key } ?? pairs.count
        if place == pairs.count {
            pairs.append((key, line, column, Node(content: .map([]), line: line, column: column)))
        }
        pairs[place].value.set(Array(path.dropFirst()), to: value)
        self = Node(content: .map(pairs), line: line, column: column)
    }

    /// Puts a value over what is there: of mappings key by key.
    fileprivate mutating func merge(_ value: Node, at path: [String]) {
        guard case .map(let pairs) = value.content else {
            set(path, to: value)
            return
        }
        for pair in pairs { merge(pair.value, at: path + [pair.key]) }
    }
}
