internal import HTTP

/// The text that a model wrote into an answer or a chunk of one.
struct GeneratedText {
    /// Where a string belongs.
    struct Place: Hashable {
        /// The choice's index.
        var choice = 0
        /// Whether it is what the model says, and not reasoning or a tool's call.
        var isContent = false
    }

    /// Bytes between the quotes of its strings.
    private(set) var bytes = 0
    /// Its strings.
    private(set) var stringCount = 0
    /// The last of them.
    private(set) var last: JSONValue?
    /// Those that have no place yet, where strings are kept.
    private var unplaced: [JSONValue] = []
    private let keepsStrings: Bool
    /// Where the last one belongs, where strings are kept.
    private(set) var place = Place()

    init(keepingStrings keepsStrings: Bool = false) { self.keepsStrings = keepsStrings }

    /// The string that is all of it; `nil` where there are none or several.
    var only: JSONValue? { stringCount == 1 ? last : nil }

    mutating func add(_ string: JSONValue) {
        bytes += string.range.count - 2
        stringCount += 1
        last = string
        if keepsStrings { unplaced.append(string) }
    }

    /// Tells to which choice the strings since the last call belong, the one at `content` as what the model says.
    mutating func place(inChoice choice: Int, content: JSONValue?, _ keep: (_ string: JSONValue, Place) -> Void) {
        for string in unplaced {
            place = Place(choice: choice, isContent: string.range == content?.range)
            keep(string, place)
        }
        unplaced.removeAll(keepingCapacity: true)
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

    /// What a model says in `value`: a completion's text, or the content of a message or a delta.
    func content(of value: JSONValue) -> JSONValue? {
        guard value.kind == .object else { return value }
        return members(of: value).first { equals($0.key, "content") }?.value
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
