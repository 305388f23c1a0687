/// A value that must never be shown: a provider's key, an admin token.
///
/// It has no description, reflects as nothing and cannot be encoded, so a log line, an error or an export that holds one
/// shows `<secret>`. Code that truly needs the text says so with ``reveal()``.
public struct Secret: Sendable {
    private let text: String

    /// Keeps `text` from being shown.
    public init(_ text: String) { self.text = text }

    /// The text itself, for the one call that sends or hashes it.
    public func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
