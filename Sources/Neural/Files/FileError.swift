internal import Glibc

/// Why a model's file can't be read or written.
public enum FileError: Error, Hashable, Sendable {
    /// The operating system refused: its `errno`.
    case inaccessible(path: String, code: Int32)
    /// The file isn't in the format.
    case malformed(reason: String)
    /// There is no such tensor.
    case missing(tensor: String)
    /// A tensor has another shape than the model needs.
    case shape(tensor: String, found: [Int], wanted: [Int])
    /// A tensor's type can't become a float.
    case type(tensor: String, found: String)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .inaccessible(let path, let code): "\(path): \(String(cString: strerror(code)))"
        case .malformed(let reason): "not a safetensors file: \(reason)"
        case .missing(let tensor): "there is no tensor \(tensor)"
        case .shape(let tensor, let found, let wanted): "tensor \(tensor) has the shape \(found), not \(wanted)"
        case .type(let tensor, let found): "tensor \(tensor) is of type \(found), which is not a number in use here"
        }
    }
}
