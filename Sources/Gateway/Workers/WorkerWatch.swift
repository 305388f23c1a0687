internal import Domain
internal import Logging
internal import Synchronization

/// Which pages of our own workers cannot be read: told once when it begins and once when it is over, and counted.
final class WorkerWatch: Sendable {
    /// What a page tells.
    enum Page: String, CaseIterable {
        /// What the worker draws: `power_url`.
        case power
        /// How busy it is: `metrics_url`.
        case load
        /// Whether it is well: `health_check`.
        case health
    }

    private struct Place: Hashable {
        let model: ModelID
        let page: Page
    }

    private struct Tally {
        var failures = 0
        var isFailing = false
    }

    private let tallies = Mutex<[Place: Tally]>([:])
    private let log: Logger

    init(log: Logger) { self.log = log }

    /// How often each page could not be read, in order; one that never failed has no line.
    var failures: [(model: ModelID, page: Page, count: Int)] {
        tallies.withLock { $0 }.map { ($0.key.model, $0.key.page, $0.value.failures) }
            .sorted { ($0.model.rawValue, $0.page.rawValue) < ($1.model.rawValue, $1.page.rawValue) }
    }

    /// Takes note of one reading; `fault` is why it tells nothing, `nil` if it does.
    func note(_ fault: String?, reading page: Page, of model: ModelID) {
        let hasChanged = tallies.withLock { tallies in
            let place = Place(model: model, page: page)
            let wasFailing = tallies[place]?.isFailing ?? false
            if fault != nil { tallies[place, default: Tally()].failures += 1 }
            tallies[place]?.isFailing = fault != nil
            return wasFailing != (fault != nil)
        }
        guard hasChanged else { return }
        let metadata: Logger.Metadata = ["model": "\(model)", "page": "\(page.rawValue)"]
        if let fault {
            let more: Logger.Metadata = ["reason": "\(fault)"]
            log.warning("a worker's page cannot be read: \(page.remedy)", metadata: metadata.merging(more) { $1 })
        } else {
            log.info("a worker's page can be read again", metadata: metadata)
        }
    }
}

extension WorkerWatch.Page {
    /// What is done without it.
    fileprivate var remedy: String {
        switch self {
        case .power: "it is taken to draw what it drew"
        case .load: "its load is soon taken to be the gateway's own requests"
        case .health: "while its circuit is open it gets no requests"
        }
    }
}
