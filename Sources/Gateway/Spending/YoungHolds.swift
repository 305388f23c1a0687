internal import Domain
internal import Ledger
internal import Reactor
internal import Tenancy

/// The holds that a loop's requests have made since its last tick: those whose requests have no row at the next one are
/// journalled.
///
/// Most requests are answered before, and cost the ledger nothing for their holds. Where durability is strict, each is
/// journalled before its call instead. Confined to its loop.
final class YoungHolds {
    private let ledger: LedgerWriter
    private let tick: Duration
    private let timer: Timer
    private var records: [RequestRecord] = []

    /// None yet, on `loop`.
    init(on loop: EventLoop, tick: Duration, ledger: LedgerWriter) {
        self.ledger = ledger
        self.tick = tick
        timer = Timer(on: loop)
        timer.action = { [weak self] in self?.journal() }
    }

    /// Takes in what `record`'s attempt under way holds, as of `now`.
    func add(_ record: RequestRecord, now: Instant) {
        guard record.placeOfHold == nil else { return }
        record.placeOfHold = records.count
        records.append(record)
        if !timer.isArmed { timer.arm(at: now.advanced(by: tick)) }
    }

    /// Forgets what `record` holds: the ledger is about to get its row.
    func remove(_ record: RequestRecord) {
        guard let place = record.placeOfHold else { return }
        records.swapAt(place, records.count - 1)
        records[place].placeOfHold = place
        records.removeLast()
        record.placeOfHold = nil
    }

    /// Returns when the journal has what `record` holds.
    func journal(_ record: RequestRecord) async {
        if let allowance = record.allowance { await ledger.holdDurably(HoldRow(record, allowance)) }
    }

    private func journal() {
        for record in records {
            record.placeOfHold = nil
            if let allowance = record.allowance { ledger.holdOpened(HoldRow(record, allowance)) }
        }
        records.removeAll(keepingCapacity: true)
    }
}

extension HoldRow {
    /// What the ledger is to know of a hold in case the process dies: the row of the request takes its place.
    fileprivate init(_ record: RequestRecord, _ allowance: Allowance) {
        self.init(
            id: record.id,
            payer: record.client.payer,
            endpoint: record.endpoint.rawValue,
            charge: record.spent + allowance.held + (record.hedgeAllowance?.held ?? .zero)
        )
        requestedModel = record.requestedModel
        model = record.model?.id
        isSimulated = record.model?.provider == .simulated
        priceVersion = record.priceVersion
        inputTokens = Int64(clamping: allowance.inputTokens)
        tags = record.tags
    }
}
