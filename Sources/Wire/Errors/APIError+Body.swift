internal import HTTP

extension APIError {
    /// The response's body: `{"error":{"message":…,"type":…,"param":…,"code":…}}`.
    public var body: [UInt8] {
        var writer = JSONWriter()
        writer.object { body in
            body.object("error") { error in
                error.member("message", message)
                error.member("type", type)
                error.member("param", param)
                error.member("code", code)
            }
        }
        return writer.bytes
    }

    /// The error as the last event of a stream whose status line has long gone out.
    ///
    /// SDKs raise on any event with a truthy `error`. Neither a finish reason nor `[DONE]` may follow it.
    public var event: [UInt8] { [UInt8](event: body) }
}

extension [UInt8] {
    /// One event with `data`, which has no line ends.
    init(event data: some Collection<UInt8>) {
        self = []
        reserveCapacity(data.count + 8)
        append("data: ")
        append(contentsOf: data)
        append("\n\n")
    }
}
