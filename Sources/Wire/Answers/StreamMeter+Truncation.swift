public import Domain
internal import HTTP

extension StreamMeter {
    /// Ends the stream before its model does, such as for a budget that allows no more of it: what is left to send.
    ///
    /// Each choice that goes on gets a last chunk with `finish_reason: "length"`, as for any limit on an answer, under the
    /// stream's own id. A comment before it tells why; SDKs skip it. Whatever the backend says after that is dropped.
    ///
    /// - Parameters:
    ///   - reason: For people, without line ends.
    ///   - usage: The tokens until now, for a client that asked for usage.
    /// - Returns: Events up to and without ``ending``.
    public mutating func truncate(because reason: String, usage: TokenUsage) -> [UInt8] {
        guard !hasEnded else { return [] }
        hasEnded = true
        var events: [UInt8] = []
        events.append(": x-switchyard-truncated: ")
        events += reason.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }
        events.append("\n\n")
        guard let first = try? JSONDocument(parsing: firstChunk[...], depthMax: jsonDepthMax) else { return events }
        let isChat = first["object"].map { first.equals($0, "chat.completion.chunk") } ?? true
        for index in 0..<choiceCount where index >= finishReasons.count || finishReasons[index] == nil {
            var choices = JSONWriter()
            choices.array { choices in
                choices.object { choice in
                    choice.member("index", index)
                    if isChat { choice.object("delta") { _ in } } else { choice.member("text", "") }
                    choice.member("finish_reason", FinishReason.length.rawValue)
                }
            }
            events += first.event(replacing: [("choices", choices.bytes), ("usage", nil)])
            finish(index, .length)
        }
        if clientWantsUsage {
            var counts = JSONWriter()
            counts.object { usage.writeMembers(to: &$0) }
            owedUsageChunk = first.event(replacing: [("choices", Array("[]".utf8)), ("usage", counts.bytes)])
        }
        return events
    }
}
