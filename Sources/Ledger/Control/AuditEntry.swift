internal import Domain
internal import Foundation

/// One change that administration made.
public struct AuditEntry: Hashable, Sendable {
    /// Its place in the audit, from 1.
    public let number: Int64
    /// The Unix millisecond of the change.
    public let atUnixMilliseconds: Int64
    /// Who made it.
    public let actor: String
    /// What was done: `create`, `change`, `delete`, `top_up`, or what the caller of ``ControlStore/note(_:of:named:before:after:by:at:)`` said.
    public let action: String
    /// What it was done to.
    public let kind: String
    /// The name of that.
    public let subject: String
    /// What it was before, JSON without secrets; `nil` where it was not there.
    public let before: String?
    /// What it was after that.
    public let after: String?
}

/// A record's columns as a JSON object, for the audit; hashes are left out.
struct AuditSink: ColumnSink {
    private var names: ArraySlice<String>
    private var members: [String] = []

    /// The text for `record`.
    static func json(_ record: some ControlRecord) -> String {
        var sink = AuditSink(names: type(of: record).columns[...])
        record.write(to: &sink)
        return "{" + sink.members.joined(separator: ", ") + "}"
    }

    private init(names: ArraySlice<String>) { self.names = names }

    mutating func null() { names.removeFirst() }
    mutating func integer(_ value: Int64) { add("\(value)") }
    mutating func real(_ value: Double) { add("\(value)") }
    mutating func text(utf8 value: [UInt8]) { text(String(decoding: value, as: UTF8.self)) }
    mutating func blob(_ value: RequestID) { text(value.description) }
    mutating func blob(_ value: [UInt8]) { names.removeFirst() }

    mutating func text(_ value: String) {
        // A policy is JSON already, and so is a model's entry.
        add(["policy", "entry"].contains(names.first) ? value : Self.quoted(value))
    }

    private mutating func add(_ value: String) { members.append("\"\(names.removeFirst())\": \(value)") }

    private static func quoted(_ text: String) -> String {
        guard let data = try? JSONEncoder().encode(text) else { return "\"\"" }
        return String(decoding: data, as: UTF8.self)
    }
}
