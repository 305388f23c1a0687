public import Configuration

/// Why a reload changed nothing.
public enum ReloadRefusal: Error, CustomStringConvertible {
    /// The files are not sound.
    case invalid(ConfigurationErrors)
    /// The files are sound, but cannot be put to use.
    case unusable(GatewayStartError)

    /// What is wrong, a line each.
    public var description: String {
        switch self {
        case .invalid(let errors): errors.description
        case .unusable(let error): error.description
        }
    }
}
