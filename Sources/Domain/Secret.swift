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
    /// Never the text.
    public var description: String { "<secret>" }
    /// The same: debuggers and logs must not show it either.
    public var debugDescription: String { "<secret>" }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
