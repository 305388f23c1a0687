/// What the server, or the way to it, refused.
public struct PostgreSQLError: Error, Hashable, Sendable {
    /// The SQLSTATE, five characters; `nil` where no server said so: the connection failed.
    public let sqlState: String?
    /// The refusal in a sentence.
    public let message: String

    /// A refusal.
    public init(sqlState: String?, message: String) {
        self.sqlState = sqlState
        self.message = message
    }

    /// Whether it is the connection that failed, even if libpq does not call it lost yet.
    public var isAboutTheConnection: Bool { sqlState == nil }

    /// Whether a row's values are what was refused: class 22 (data), 23 (constraints) and 54 (too long) of the manual's
    /// appendix A; the same row would be refused again.
    public var isAboutValues: Bool {
        guard let sqlState else { return false }
        return ["22", "23", "54"].contains(sqlState.prefix(2))
    }
}

extension PostgreSQLError: CustomStringConvertible {
    /// The message, with the SQLSTATE where there is one.
    public var description: String { sqlState.map { "\(message) (SQLSTATE \($0))" } ?? message }
}
