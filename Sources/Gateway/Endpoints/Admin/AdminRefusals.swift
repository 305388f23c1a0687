internal import Ledger
internal import Wire

/// What administration refuses.
extension APIError {
    /// 404: there is no such thing.
    static func missing(_ kind: String, _ id: String) -> APIError {
        refusal(404, "not_found", "There is no \(kind) `\(id)`.")
    }

    /// 409: it contradicts what there is.
    static func conflict(_ code: String, _ message: String) -> APIError { refusal(409, code, message) }

    /// 409: the settings have it, and what they say is not changed here.
    static func declared(_ kind: String, _ id: String) -> APIError {
        refusal(409, "declared_in_settings", "The settings declare \(kind) `\(id)`: change it there, and reload.")
    }

    /// 503: the database does not answer.
    static func unavailable(_ reason: String) -> APIError {
        APIError(
            status: 503,
            type: "server_error",
            code: "store_unavailable",
            param: nil,
            message: reason,
            isRetryable: true,
            retryAfter: .seconds(1)
        )
    }

    private static func refusal(_ status: Int, _ code: String, _ message: String) -> APIError {
        APIError(
            status: status,
            type: "invalid_request_error",
            code: code,
            param: nil,
            message: message,
            isRetryable: false,
            retryAfter: nil
        )
    }
}

extension ControlError {
    /// What the client is told.
    var response: APIError {
        switch self {
        case .missing(let kind, let id): .missing(kind.rawValue.replacing("_", with: " "), id)
        case .exists: .conflict("already_exists", "\(self).")
        case .inUse: .conflict("in_use", "\(self).")
        case .unavailable: .unavailable("\(self)")
        }
    }
}
