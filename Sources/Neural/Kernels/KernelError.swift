/// Why oneDNN doesn't do what it is asked for.
public enum KernelError: Error, Hashable, Sendable {
    /// This processor can't compute in such numbers.
    case unsupported(Precision)
    /// oneDNN refused to make an operation: its status, such as 1 for no memory.
    case refused(operation: String, status: UInt32)

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .unsupported(let precision): "this processor can't compute in \(precision.rawValue)"
        case .refused(let operation, let status): "oneDNN refused \(operation) with status \(status)"
        }
    }
}
