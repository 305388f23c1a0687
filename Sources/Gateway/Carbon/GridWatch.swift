internal import Accounting
internal import Configuration
internal import Domain
internal import Logging
internal import Reactor
internal import Synchronization

/// Looks at the sources of grids' intensities from time to time, and remembers what they last said.
///
/// It never touches a request: it fills a book, from which policies make the router that requests read. What a source
/// said last is used for as long as `carbon.staleness_seconds` allow, ever less trusted.
final class GridWatch: Sendable {
    /// How often a source was asked for a zone, and in vain.
    struct Tally: Hashable {
        var asked = 0
        var failed = 0
        /// When it last answered, in seconds since 1970 UTC.
        var answeredAt: Int64?
    }

    private struct State {
        var book = IntensityBook()
        var tallies: [String: Tally] = [:]
    }

    private let state = Mutex(State())
    private let log: Logger

    init(log: Logger) { self.log = log }

    /// What is known of all zones.
    var book: IntensityBook { state.withLock { $0.book } }

    /// By zone, in order.
    var tallies: [(zone: String, tally: Tally)] {
        state.withLock { $0.tallies }.sorted { $0.key < $1.key }.map { (zone: $0.key, tally: $0.value) }
    }

    /// Takes over the limits and the fixed figures of a configuration; needs no source.
    func follow(_ configuration: GatewayConfiguration) {
        let carbon = configuration.settings.carbon
        state.withLock { state in
            state.book.limits.staleness = .seconds(carbon.stalenessSeconds)
            for source in carbon.sources {
                guard let grams = source.gramsPerKilowattHour else { continue }
                for zone in source.zones { state.book.declare(grams, zone: zone) }
            }
        }
    }

    /// Asks each of `sources` for each of its zones, one after the other; one that fails leaves what it said before.
    ///
    /// Files block, so this is for no loop.
    func refresh(
        _ sources: [Settings.IntensitySource],
        of configuration: GatewayConfiguration,
        at time: Int64,
        by fetch: GridSource.Fetch
    ) async {
        for settings in sources where settings.kind != .fixed {
            let source = GridSource(settings, of: configuration)
            for zone in settings.zones {
                do throws(GridError) {
                    let most = book.limits.readingsMax
                    note(try await source.readings(of: zone, at: time, readingsMax: most, by: fetch), zone, at: time)
                } catch {
                    state.withLock { $0.tallies[zone, default: Tally()].fail() }
                    log.warning(
                        "grid intensity: the source failed, and what it said last is used",
                        metadata: [
                            "source": "\(settings.kind.rawValue)", "zone": "\(zone)",
                            "reason": "\(source.explanation(of: error))",
                        ]
                    )
                }
            }
        }
    }

    private func note(_ readings: [IntensityReading], _ zone: String, at time: Int64) {
        let isKept = state.withLock { state in
            state.tallies[zone, default: Tally()].asked += 1
            state.tallies[zone, default: Tally()].answeredAt = time
            return state.book.record(readings, zone: zone)
        }
        if !isKept { log.warning("grid intensity: too many zones", metadata: ["zone": "\(zone)"]) }
    }
}

extension GridWatch.Tally {
    fileprivate mutating func fail() {
        asked += 1
        failed += 1
    }
}
