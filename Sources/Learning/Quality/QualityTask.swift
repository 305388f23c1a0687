internal import HTTP
public import Routing

/// A prompt whose answer a program can judge: a line of a file for `switchyard evaluate quality`.
///
///     {"id": "alice", "task": "json", "prompt": "…", "max_tokens": 100, "reference": "…", "tests": "assert f(2) == 4",
///      "checks": {"json": true, "keys": ["name"], "words_max": 40, "characters_max": 300, "bullets": true,
///                 "contains": ["Alice"], "overlap_min": 0.3}}
///
/// Without `checks` the answer is held against what the prompt asks for in so many words (``AnswerDemands/init(of:)``).
public struct QualityTask: Hashable, Sendable {
    /// Its name; the line's number where it has none.
    public let id: String
    /// What kind of task it is, such as `json`, `code` or `summary`; for the report alone.
    public let kind: String
    /// What is asked.
    public let prompt: String
    /// How many tokens the answer may have; `nil` for as many as the model gives.
    public let outputTokensMax: Int?
    /// What is asked of the answer's form.
    public let demands: AnswerDemands
    /// Words that the answer is to have, in upper case or lower case.
    public let contained: [String]
    /// An answer that was written for comparison.
    public let reference: String?
    /// How far the answer is to overlap with it at least (``overlap(of:with:)``), 0 to 1.
    public let overlapMin: Double
    /// Python that raises if the code in the answer is wrong; `nil` where it is not to be run.
    public let tests: String?

    /// The tasks of a file of JSON lines, packed by gzip or not.
    ///
    /// - Throws: ``DataError``; a line that can't be read is named, none is passed over.
    public static func tasks(path: String) throws(DataError) -> [QualityTask] {
        var tasks: [QualityTask] = []
        var names: Set<String> = []
        for line in JSONLines(try DataSetFile.bytes(at: path), file: path) {
            let line = try line.get()
            let task = try QualityTask(line)
            guard names.insert(task.id).inserted else { throw line.malformed("\(task.id) stands there twice") }
            tasks.append(task)
        }
        guard !tasks.isEmpty else { throw .empty(path: path) }
        return tasks
    }

    /// How good an answer is: the share of its checks that hold; of one without checks, its form (``AnswerCheck/quality``).
    ///
    /// - Parameters:
    ///   - answer: What the model says.
    ///   - passesTests: Whether ``tests`` pass, where they were run.
    /// - Returns: 0 to 1; 0 for an empty answer.
    public func score(_ answer: String, passesTests: Bool? = nil) -> Double {
        let check = AnswerCheck(of: answer, against: demands)
        guard !check.faults.contains(.empty) else { return 0 }
        var results: [Bool] = []
        if demands.isJSON { results.append(!check.faults.contains(.invalidJSON)) }
        if !demands.keys.isEmpty { results.append(!check.faults.contains(.keyMissing)) }
        if demands.wordsMax != nil || demands.charactersMax != nil { results.append(!check.faults.contains(.tooLong)) }
        if demands.hasBullets { results.append(check.hasBullets) }
        let lower = answer.lowercased()
        results += contained.map { lower.contains($0.lowercased()) }
        if let reference, overlapMin > 0 { results.append(Self.overlap(of: answer, with: reference) >= overlapMin) }
        if let passesTests { results.append(passesTests) }
        guard !results.isEmpty else { return check.quality }
        return Double(results.count { $0 }) / Double(results.count)
    }
}

extension QualityTask {
    private init(_ line: JSONLines.Line) throws(DataError) {
        id = try line.optionalText("id") ?? "\(line.number)"
        kind = try line.optionalText("task") ?? "text"
        prompt = try line.text("prompt")
        reference = try line.optionalText("reference")
        tests = try line.optionalText("tests")
        outputTokensMax = try line.positive("max_tokens", of: line.object.root)
        var demands = AnswerDemands(of: prompt)
        var contained: [String] = []
        var overlapMin = 0.0
        if let checks = line.object["checks"] {
            demands = AnswerDemands()
            for member in line.object.members(of: checks) {
                switch line.name(of: member) {
                case "json": demands.isJSON = try line.flag(member)
                case "bullets": demands.hasBullets = try line.flag(member)
                case "keys": demands.keys = try line.texts(member)
                case "contains": contained = try line.texts(member)
                case "words_max": demands.wordsMax = try line.positive("words_max", of: checks)
                case "characters_max": demands.charactersMax = try line.positive("characters_max", of: checks)
                case "overlap_min":
                    guard let share = line.object.double(of: member.value), 0...1 ~= share, reference != nil else {
                        throw line.malformed("overlap_min is no number from 0 to 1 beside a reference")
                    }
                    overlapMin = share
                case let other:
                    let known = "json, bullets, keys, contains, words_max, characters_max, overlap_min"
                    throw line.malformed("checks has no \(other); the checks are \(known)")
                }
            }
        }
        (self.demands, self.contained, self.overlapMin) = (demands, contained, overlapMin)
    }
}

extension JSONLines.Line {
    fileprivate func name(of member: JSONMember) -> String { (try? object.string(of: member.key)) ?? "" }

    fileprivate func flag(_ member: JSONMember) throws(DataError) -> Bool {
        guard let flag = object.bool(of: member.value) else { throw malformed("\(name(of: member)) is no Boolean") }
        return flag
    }

    fileprivate func texts(_ member: JSONMember) throws(DataError) -> [String] {
        let values = Array(object.elements(of: member.value))
        let texts = values.compactMap { value in (try? object.string(of: value)).flatMap(\.self) }
        guard member.value.kind == .array, texts.count == values.count else {
            throw malformed("\(name(of: member)) is no list of texts")
        }
        return texts
    }

    /// The whole number from 1 on that the member `key` of `object` is; `nil` if it isn't there.
    fileprivate func positive(_ key: StaticString, of value: JSONValue) throws(DataError) -> Int? {
        guard let member = (try? object.member(key, of: value)).flatMap(\.self), !member.isNull else { return nil }
        guard let number = object.int(of: member), number > 0 else { throw malformed("\(key) is no number from 1 on") }
        return number
    }
}
