internal import HTTP

/// Reads one line of outcomes, in either of two forms.
///
/// The form of `switchyard evaluate fit`: `{"id", "prompt", "scores": {model: 0…1, or false and true}}`, optionally with
/// `output_tokens` (one number for all models, or an object like `scores`), `task`, `fold` and `contam`. And the form of
/// collections whose manifest lists the models: `{"id", "prompt", "y": [0…1], "out": [characters]}`. Other members pass
/// unread; what is `null` is missing.
struct OutcomeParser {
    /// The models of `y` and `out`, in their order; `nil` where no manifest lists them.
    let models: [String]?
    /// Longer lines are refused.
    let lineBytesMax: Int
    /// More models on a line are refused.
    let modelsMax: Int

    private static let charactersPerToken = 4.0

    /// The outcome on `line`, or a sentence that says what is wrong with it.
    func outcome(on line: ArraySlice<UInt8>) -> Result<Outcome, Complaint> {
        do throws(Complaint) {
            return .success(try parse(line))
        } catch {
            return .failure(error)
        }
    }

    /// What is wrong with a line.
    struct Complaint: Error {
        let reason: String
    }

    private func parse(_ line: ArraySlice<UInt8>) throws(Complaint) -> Outcome {
        guard line.count <= lineBytesMax else { throw Complaint(reason: "a line of more than \(lineBytesMax) bytes") }
        let document: JSONDocument
        do throws(JSONError) {
            document = try JSONDocument(parsing: line, depthMax: 8)
        } catch {
            throw Complaint(reason: error.message)
        }
        let scores: [String: Double]
        if let list = document["y"] {
            scores = try listed(list, in: document, "y")
        } else {
            scores = try named(document["scores"], in: document, "scores")
        }
        for (model, score) in scores where !(0...1).contains(score) {
            throw Complaint(reason: "the score of \(model) is \(score): scores lie between 0 and 1")
        }
        return Outcome(
            id: try text(document["id"], in: document, "id") ?? "",
            prompt: try prompt(in: document),
            scores: scores,
            outputTokens: try tokens(in: document, of: scores.keys),
            task: try text(document["task"], in: document, "task"),
            fold: try fold(in: document),
            isContaminated: document["contam"].map { value in
                !value.isNull && document.double(of: value) != 0 && document.bool(of: value) != false
            } ?? false
        )
    }

    private func prompt(in document: JSONDocument) throws(Complaint) -> String {
        guard let prompt = try text(document["prompt"], in: document, "prompt") else {
            throw Complaint(reason: "there is no prompt")
        }
        return prompt
    }

    /// The fold's number; of a cross-validation with more folds, several are one here.
    private func fold(in document: JSONDocument) throws(Complaint) -> Int? {
        guard let value = document["fold"], !value.isNull else { return nil }
        // Tables with gaps write whole numbers with a point.
        guard let number = document.double(of: value).flatMap({ Int(exactly: $0) }), number >= 0 else {
            throw Complaint(reason: "fold is not a whole number from 0 on")
        }
        return number % Outcome.foldCount
    }

    /// A string, or a number as it is written; `nil` where there is none.
    private func text(_ value: JSONValue?, in document: JSONDocument, _ key: String) throws(Complaint) -> String? {
        guard let value, !value.isNull else { return nil }
        if value.kind == .number { return String(decoding: document.rawBytes(of: value), as: UTF8.self) }
        do throws(JSONError) {
            if let text = try document.string(of: value) { return text }
        } catch {
            throw Complaint(reason: "\(key): \(error.message)")
        }
        throw Complaint(reason: "\(key) is not a string")
    }

    /// How many tokens each model wrote.
    private func tokens(
        in document: JSONDocument,
        of models: Dictionary<String, Double>.Keys
    ) throws(Complaint) -> [String: Double] {
        if let value = document["out"] {
            return try listed(value, in: document, "out").mapValues { max($0, 0) / Self.charactersPerToken }
        }
        guard let value = document["output_tokens"], !value.isNull else { return [:] }
        let tokens: [String: Double]
        if let number = document.double(of: value) {
            tokens = Dictionary(uniqueKeysWithValues: models.map { ($0, number) })
        } else {
            tokens = try named(value, in: document, "output_tokens")
        }
        guard tokens.values.allSatisfy({ $0 >= 0 }) else { throw Complaint(reason: "output_tokens is below 0") }
        return tokens
    }

    /// An array of numbers, one for each model of the manifest.
    private func listed(
        _ value: JSONValue,
        in document: JSONDocument,
        _ key: String
    ) throws(Complaint) -> [String: Double] {
        guard let models else {
            throw Complaint(reason: "\(key) is a list, and no manifest.json beside the file names its models")
        }
        guard value.kind == .array else { throw Complaint(reason: "\(key) is not an array") }
        var count = 0
        var numbers: [String: Double] = [:]
        for element in document.elements(of: value) {
            if count < models.count, !element.isNull {
                guard let number = document.double(of: element) else {
                    throw Complaint(reason: "\(key)[\(count)] is not a number")
                }
                numbers[models[count]] = number
            }
            count += 1
        }
        guard count == models.count else {
            throw Complaint(reason: "\(key) has \(count) elements, and the manifest \(models.count) models")
        }
        return numbers
    }

    /// An object of numbers by model.
    private func named(
        _ value: JSONValue?,
        in document: JSONDocument,
        _ key: String
    ) throws(Complaint) -> [String: Double] {
        guard let value else { throw Complaint(reason: "there is no \(key)") }
        guard value.kind == .object else { throw Complaint(reason: "\(key) is not an object") }
        var numbers: [String: Double] = [:]
        for member in document.members(of: value) where !member.value.isNull {
            guard let model = try text(member.key, in: document, key), !model.isEmpty else {
                throw Complaint(reason: "\(key) has a member without a name")
            }
            let truth = document.bool(of: member.value).map { $0 ? 1.0 : 0 }
            guard let number = document.double(of: member.value) ?? truth else {
                throw Complaint(reason: "\(key) of \(model) is not a number")
            }
            guard numbers.updateValue(number, forKey: model) == nil else {
                throw Complaint(reason: "\(key) names \(model) twice")
            }
            guard numbers.count <= modelsMax else { throw Complaint(reason: "more than \(modelsMax) models") }
        }
        return numbers
    }
}
