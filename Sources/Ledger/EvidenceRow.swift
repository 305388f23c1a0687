/// What was seen of a request's prompt, as the ledger keeps it for routers to learn from.
public struct EvidenceRow: Hashable, Sendable {
    /// The name of the encoder whose vectors are in ``features``; `nil` where none are.
    public var encoder: String?
    /// The features, in whatever form the gateway gives them.
    public var features: [UInt8]
    /// The text itself, where it is to be kept.
    public var prompt: String?

    /// What was seen of a prompt.
    public init(encoder: String?, features: [UInt8], prompt: String?) {
        (self.encoder, self.features, self.prompt) = (encoder, features, prompt)
    }

    /// The columns after `request_number`, in the order in which ``write(to:)`` writes and ``init(from:)`` reads them.
    static let columns = ["encoder", "features", "prompt"]

    func write(to sink: inout some ColumnSink) {
        sink.text(encoder)
        sink.blob(features)
        sink.text(prompt)
    }

    init(from columns: inout ColumnReader) {
        encoder = columns.optionalText()
        features = columns.bytes()
        prompt = columns.optionalText()
    }
}
