import Domain
import HTTP
import Wire

/// The bytes of `text`.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// `bytes` as text.
func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

/// A request read from `body`.
func request(_ body: String, _ endpoint: Model.Endpoint = .chat) throws(APIError) -> InferenceRequest {
    try InferenceRequest(bytes(body), endpoint: endpoint, jsonDepthMax: 32)
}

/// A chat body with some more members, each as JSON.
func chat(_ members: String...) -> String {
    let all = [#""model":"m""#, #""messages":[{"role":"user","content":"hi"}]"#] + members
    return "{\(all.joined(separator: ","))}"
}

/// The error that `body` is refused with; `nil` if it is not.
func refusal(of body: () throws(APIError) -> some Any) -> APIError? {
    do throws(APIError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// The events of a stream.
func events(_ stream: String) throws -> [ServerSentEvent] { try events(of: bytes(stream)) }

/// The events of a stream.
func events(of stream: [UInt8]) throws -> [ServerSentEvent] {
    var parser = EventStreamParser(eventBytesMax: 1 << 16)
    parser.append(stream[...])
    var events: [ServerSentEvent] = []
    while let event = try parser.next() { events.append(event) }
    return events
}
