internal import HTTP

/// The text that a model wrote into an answer or a chunk of one.
struct GeneratedText {
    /// Bytes between the quotes of its strings.
    private(set) var bytes = 0
    /// Its strings.
    private(set) var stringCount = 0
    /// The last of them.
    private(set) var last: JSONValue?

    /// The string that is all of it; `nil` where there are none or several.
    var only: JSONValue? { stringCount == 1 ? last : nil }

    mutating func add(_ string: JSONValue) {
        bytes += string.range.count - 2
        stringCount += 1
        last = string
    }
}

/// What whole answers and chunks of streams have in common.
extension JSONDocument {
    /// Counts the text that a model wrote into `value`: a message, a delta, or a part of one.
    ///
    /// Reasoning and the names and arguments of tool calls count, since they are generated, too. The depth of the text
    /// was checked before, so the recursion ends.
    func count(_ value: JSONValue, in text: inout GeneratedText) {
        switch value.kind {
        case .string: text.add(value)
        case .array: for element in elements(of: value) { count(element, in: &text) }
        case .object: for member in members(of: value) where !isLabel(member.key) { count(member.value, in: &text) }
        case .number, .bool, .null: break
        }
    }

    /// Whether the member `key` says what a part is, and not what is in it, or holds sound: its transcript counts.
    private func isLabel(_ key: JSONValue) -> Bool {
        equals(key, "role") || equals(key, "id") || equals(key, "type") || equals(key, "object") || equals(key, "data")
    }

    /// The finish reason that `value` names; `nil` for `null`.
    func finishReason(of value: JSONValue) -> FinishReason? {
        guard let name = excerpt(of: value, bytesMax: 64) else { return nil }
        return FinishReason(rawValue: name) ?? .other
    }

    /// The text of `value` or the beginning of it; `nil` if it is no text.
    func excerpt(of value: JSONValue, bytesMax: Int) -> String? {
        // Half a surrogate pair is no text: what names or explains something with it says nothing.
        guard let text = try? stringBytes(of: value) else { return nil }
        return String(decoding: text.prefix(bytesMax), as: UTF8.self)
    }

    /// The failure that an answer reports in its body, whatever its status.
    var failure: BackendError? {
        if let error = reportedError { return BackendError(error, in: self, status: nil) }
        // vLLM before 0.10 makes the error the body itself.
        guard let object = self["object"], equals(object, "error") else { return nil }
        return BackendError(self, status: nil)
    }

    /// The value of `error`, if it is truthy: what makes a client raise.
    var reportedError: JSONValue? {
        guard let error = self["error"] else { return nil }
        switch error.kind {
        case .null: return nil
        case .bool: return bool(of: error) == true ? error : nil
        case .number: return double(of: error) == 0 ? nil : error
        case .string: return error.range.count > 2 ? error : nil
        case .object: return members(of: error).contains { _ in true } ? error : nil
        case .array: return elements(of: error).contains { _ in true } ? error : nil
        }
    }
}
