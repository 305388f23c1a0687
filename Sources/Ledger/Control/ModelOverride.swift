public import Domain

/// What administration has made of a model, whatever the models file says of it.
public struct ModelOverride: Hashable, Sendable {
    /// The model.
    public let id: ModelID
    /// The model as a models file has it, JSON; `nil` where it was taken out.
    public let entry: String?

    /// An override of the model called `id`.
    public init(id: ModelID, entry: String?) {
        self.id = id
        self.entry = entry
    }
}

extension ModelOverride: ControlRecord {
    static let kind = ControlKind.model
    static let table = "model_override"
    static let columns = ["id", "entry"]

    var rowID: String { id.rawValue }

    func write(to sink: inout some ColumnSink) {
        sink.text(id.rawValue)
        sink.text(entry)
    }

    init(from columns: inout ColumnReader) {
        self.init(id: ModelID(columns.text()), entry: columns.optionalText())
    }
}
