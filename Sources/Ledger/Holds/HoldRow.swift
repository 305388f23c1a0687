public import Domain

/// What is held for a request that is under way, as the journal keeps it.
///
/// If the process dies, this is what the request is taken to have used.
public struct HoldRow: Hashable, Sendable {
    /// The request's id; its time is the request's start.
    public var id: RequestID
    /// Who pays.
    public var payer: Payer
    /// The endpoint's name, such as `chat`.
    public var endpoint: String
    /// The `model` of the request's body.
    public var requestedModel = ""
    /// The model that is being tried.
    public var model: ModelID?
    /// Whether that model is simulated.
    public var isSimulated = false
    /// The digest of the price list that the charge was worked out by.
    public var priceVersion = ""
    /// How many of the charge's tokens are the prompt's.
    public var inputTokens: Int64 = 0
    /// What is held, attempts that failed before included.
    public var charge: Charge
    /// The request's tags, a JSON object; empty for none.
    public var tags: [UInt8] = []

    /// A hold of `charge` for a request.
    public init(id: RequestID, payer: Payer, endpoint: String, charge: Charge) {
        self.id = id
        self.payer = payer
        self.endpoint = endpoint
        self.charge = charge
    }
}

extension HoldRow {
    /// The columns in the order in which ``write(to:)`` writes and ``init(from:)`` reads them.
    static let columns = [
        "request_id", "organisation", "team", "key_id", "endpoint", "requested_model", "model", "is_simulated",
        "price_version", "input_tokens", "tokens", "cost_nanodollars", "energy_microjoules", "carbon_micrograms",
        "tags",
    ]

    /// What becomes of a hold that the table has already, in both dialects: the new one takes its place.
    static func replacement(of columns: some Collection<String>) -> String {
        "(request_id) DO UPDATE SET " + columns.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    }

    /// Of a spilled hold and the table's it is not known which is the later one: the larger is kept.
    static let unlessLess = " WHERE excluded.tokens >= hold.tokens"

    /// Writes every column of ``columns``.
    func write(to sink: inout some ColumnSink) {
        sink.blob(id)
        sink.text(payer.organisation.rawValue)
        sink.text(payer.team?.rawValue)
        sink.text(payer.key?.rawValue)
        sink.text(endpoint)
        sink.text(requestedModel)
        sink.text(model?.rawValue)
        sink.flag(isSimulated)
        sink.text(priceVersion)
        sink.amount(inputTokens)
        sink.amount(charge.tokens)
        sink.integer(charge.cost.nanodollars)
        sink.amount(charge.energy.microjoules)
        sink.amount(charge.carbon.micrograms)
        sink.text(utf8: tags)
    }

    /// Reads every column of ``columns``.
    init(from columns: inout ColumnReader) {
        let id = columns.requestID()
        let payer = Payer(
            organisation: TenantID(rawValue: columns.text()),
            team: columns.optionalText().map(TeamID.init(rawValue:)),
            key: columns.optionalText().map(KeyID.init(rawValue:))
        )
        self.init(id: id, payer: payer, endpoint: columns.text(), charge: .zero)
        requestedModel = columns.text()
        model = columns.optionalText().map(ModelID.init(rawValue:))
        isSimulated = columns.flag()
        priceVersion = columns.text()
        inputTokens = columns.integer()
        charge.tokens = columns.integer()
        charge.cost = Money(nanodollars: columns.integer())
        charge.energy = Energy(microjoules: columns.integer())
        charge.carbon = Carbon(micrograms: columns.integer())
        tags = columns.bytes()
    }

    /// What the ledger says of a request that died with its process: it took all that was held for it.
    var crashedEntry: LedgerEntry {
        var request = RequestRow(id: id, tenant: payer.organisation, endpoint: endpoint)
        request.team = payer.team
        request.keyID = payer.key?.rawValue
        request.requestedModel = requestedModel
        request.chosenModel = model
        request.isSimulated = isSimulated
        request.outcome = .crashed
        request.status = 500
        request.errorKind = "gateway_crashed"
        request.priceVersion = priceVersion
        request.usage = TokenUsage(
            input: Int(min(inputTokens, charge.tokens)),
            output: Int(max(charge.tokens - inputTokens, 0)),
            source: .held
        )
        request.cost = charge.cost
        request.energyJoules = charge.energy.joules
        request.carbon = charge.carbon
        request.tags = tags
        guard let model else { return LedgerEntry(request: request, attempts: []) }
        var attempt = AttemptRow(model: model, outcome: .crashed)
        attempt.usage = request.usage
        attempt.cost = request.cost
        attempt.energyJoules = request.energyJoules
        attempt.carbon = request.carbon
        return LedgerEntry(request: request, attempts: [attempt])
    }
}
