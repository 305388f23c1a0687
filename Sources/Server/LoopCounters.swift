internal import Reactor
internal import Synchronization

/// One loop's part of ``ServerMetrics``: written on that loop alone, so that no addition has to be atomic.
final class LoopCounters: Sendable {
    let accepted = Counter()
    let rejected = Counter()
    let requests = Counter()
    let inFlight = Counter()
    let abandoned = Counter()
    let bytesIn = Counter()
    let bytesOut = Counter()
    /// Connections given to this loop and not closed yet; the loop that accepted one adds it here.
    let open = Atomic<Int>(0)
    /// Nanoseconds of the oldest request's instant; 0 when there is none.
    let oldest = Counter()
    private let refusals = Refusal.allCases.map { _ in CounterBox() }

    func count(_ refusal: Refusal) { refusals[refusal.rawValue].counter.add(1) }

    func add(to metrics: inout ServerMetrics) {
        metrics.accepted += accepted.value
        metrics.rejected += rejected.value
        metrics.open += UInt64(clamping: open.load(ordering: .relaxed))
        metrics.requests += requests.value
        metrics.inFlight += inFlight.value
        metrics.abandoned += abandoned.value
        metrics.bytesIn += bytesIn.value
        metrics.bytesOut += bytesOut.value
        for (refusal, box) in zip(Refusal.allCases, refusals) {
            metrics.refusals[refusal, default: 0] += box.counter.value
        }
        let instant = oldest.value
        guard instant > 0 else { return }
        metrics.oldestInFlight = min(metrics.oldestInFlight ?? .never, Instant(nanoseconds: instant))
    }
}

/// A number that one thread writes and any thread reads.
struct Counter: ~Copyable, Sendable {
    private let storage = Atomic<UInt64>(0)

    var value: UInt64 { storage.load(ordering: .relaxed) }

    func set(_ value: UInt64) { storage.store(value, ordering: .relaxed) }

    func add(_ count: Int) {
        // A load and a store, not an atomic addition: there is one writer.
        storage.store(storage.load(ordering: .relaxed) &+ UInt64(truncatingIfNeeded: count), ordering: .relaxed)
    }
}

/// A counter that an array can hold.
private final class CounterBox: Sendable {
    let counter = Counter()
}
