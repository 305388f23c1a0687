internal import COneDNN

/// oneDNN's processor, and a stream of operations on it that each thread may use: both only name the processor.
// Both are never changed and never destroyed; oneDNN lets any number of threads execute on a processor's stream.
struct Engine: @unchecked Sendable {
    let handle: dnnl_engine_t
    let stream: dnnl_stream_t

    /// The one engine of the process.
    static func shared() throws(KernelError) -> Engine { try engine.get() }

    private static let engine = Result { () throws(KernelError) in try Engine() }

    private init() throws(KernelError) {
        var handle: dnnl_engine_t?
        try check(dnnl_engine_create(&handle, dnnl_cpu, 0), "an engine")
        var stream: dnnl_stream_t?
        try check(dnnl_stream_create(&stream, handle, dnnl_stream_default_flags.rawValue), "a stream")
        guard let handle, let stream else { throw .refused(operation: "an engine", status: 0) }
        self.handle = handle
        self.stream = stream
    }
}
