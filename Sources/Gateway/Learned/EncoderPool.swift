internal import Configuration
internal import Domain
internal import Neural
internal import Reactor
internal import Routing
internal import Synchronization
internal import TextEncoding

/// Turns prompts into vectors on background threads, so that no loop computes for long.
///
/// What is to be worked out from them is worked out there as well: each way to another thread and back takes longer than
/// an estimate. Nobody waits for it longer than the settings say, and it keeps no more waiting than they say: a request that gets no
/// vectors is scored by its words.
final class EncoderPool: Sendable {
    /// How often it did what.
    struct Counts: Hashable, Sendable {
        /// Prompts that were encoded.
        var encoded = 0
        /// Those that were known already.
        var remembered = 0
        /// Those that found the queue full.
        var refused = 0
        /// Those that were not ready in time.
        var late = 0
        /// Time that threads were at it, without what was made of the vectors.
        var nanoseconds: UInt64 = 0
    }

    /// A prompt's vectors by the encoder's layers.
    typealias Vectors = [Int: [Float]]

    /// What may be wanted of a prompt.
    private enum Part: Hashable {
        /// The mean over its tokens in a layer.
        case layer(Int)
        /// The probabilities of the head's labels.
        case labels
    }

    private typealias Parts = [Part: [Float]]

    /// A prompt that waits, and whom to tell.
    private struct Job {
        let text: String
        let key: PromptDigest
        let parts: [Part]
        let tell: @Sendable (Parts?) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var idleThreads: Int
        var known: LRUCache<PromptDigest, Parts>
        var counts = Counts()
    }

    /// The last part of its folder's path: what is kept of prompts names it, as vectors of two encoders don't compare.
    let name: String
    private let encoder: Encoder
    private let queueMax: Int
    private let wait: Duration
    private let state: Mutex<State>
    /// What is worked out from vectors that are known already.
    private let remembered: BackgroundQueue

    /// A pool for the model in the settings' folder; `nil` if they name none, or it may be missing and is.
    ///
    /// It reads files, so no loop may call it.
    ///
    /// - Throws: ``GatewayStartError/encoder(folder:reason:)``.
    static func make(_ settings: Settings.Encoder) throws(GatewayStartError) -> EncoderPool? {
        guard let folder = settings.folder else { return nil }
        do throws(EncoderError) {
            return try EncoderPool(folder: folder, settings, layersMax: settings.layersMax, prunesTokens: true)
        } catch {
            throw .encoder(folder: folder, reason: error.message)
        }
    }

    /// A pool for the model in `folder`, whatever folder the settings name; it reads files, so no loop may call it.
    ///
    /// Layers above `layersMax` are not loaded, nor a head that needs them; by default all are.
    init(
        folder: String,
        _ settings: Settings.Encoder,
        layersMax: Int? = nil,
        prunesTokens: Bool = false
    ) throws(EncoderError) {
        let precision = Precision(rawValue: settings.precision.rawValue)
        encoder = try Encoder(
            folder: folder,
            options: .init(
                precision: precision,
                tokensMax: settings.tokensMax,
                layersMax: layersMax,
                prunesTokens: prunesTokens
            )
        )
        // Else the first prompt of each length would be late.
        try encoder.prepare(callers: settings.workers)
        name = folder.split(separator: "/").last.map(String.init) ?? ""
        queueMax = settings.queueMax
        wait = .microseconds(Int64(settings.waitMillisecondsMax * 1000))
        remembered = BackgroundQueue(forEstimatesBy: settings)
        state = Mutex(
            State(idleThreads: settings.workers, known: LRUCache(capacity: settings.cacheEntriesMax))
        )
    }

    /// What it did so far.
    var counts: Counts { state.withLock { $0.counts } }

    /// The names of the model's labels, in the order of their probabilities; empty without a head for them.
    var labels: [String] { encoder.labels }

    /// The vectors of `text`, asked for on `loop`; `nil` where they are not to be had in time.
    ///
    /// They are waited for even if the task is cancelled: what is kept of a prompt is kept of clients that have gone, too.
    func vectors(of text: String, layers: [Int], on loop: EventLoop) async -> Vectors? {
        await read(text, layers: layers, on: loop, evenIfCancelled: true) { $0 }
    }

    /// What `body` makes of the vectors of `text`, asked for on `loop`; `nil` where they are not to be had in time.
    ///
    /// It is called on a background thread, also for those that come too late.
    func read<Value: Sendable>(
        _ text: String,
        layers: [Int],
        on loop: EventLoop,
        evenIfCancelled: Bool = false,
        _ body: @escaping @Sendable (Vectors) -> Value
    ) async -> Value? {
        let wanted = layers.filter { $0 <= encoder.layerCount }
        return await read(wanted.map(Part.layer), of: text, on: loop, evenIfCancelled: evenIfCancelled) { parts in
            body(Vectors(uniqueKeysWithValues: wanted.compactMap { layer in parts[.layer(layer)].map { (layer, $0) } }))
        }
    }

    /// How likely each of ``labels`` is for `text`, asked for on `loop`; `nil` where that is not to be had in time.
    func probabilities(for text: String, on loop: EventLoop) async -> [Float]? {
        await read([.labels], of: text, on: loop) { $0[.labels] } ?? nil
    }

    private func read<Value: Sendable>(
        _ wanted: [Part],
        of text: String,
        on loop: EventLoop,
        evenIfCancelled: Bool = false,
        _ body: @escaping @Sendable (Parts) -> Value
    ) async -> Value? {
        let key = PromptDigest(text)
        let deadline = loop.now.advanced(by: wait)
        if let known = recall(key, wanted, now: loop.now.nanoseconds) {
            return await remembered.value(on: loop, until: deadline, evenIfCancelled: evenIfCancelled) { body(known) }
        }
        let arrival = Arrival<Value>(on: loop)
        let send = arrival.send
        guard enqueue(Job(text: text, key: key, parts: wanted) { send($0.map(body)) }) else { return nil }
        let reason = await arrival.wait(until: deadline, evenIfCancelled: evenIfCancelled)
        if reason == .timedOut { state.withLock { $0.counts.late += 1 } }
        return reason == .ready ? arrival.value : nil
    }

    private func recall(_ key: PromptDigest, _ wanted: [Part], now: UInt64) -> Parts? {
        state.withLock { state in
            guard let known = state.known.value(for: key, now: now), wanted.allSatisfy({ known[$0] != nil }) else {
                return nil
            }
            state.counts.remembered += 1
            return known
        }
    }

    /// Has a thread take the job; false where too many wait.
    private func enqueue(_ job: Job) -> Bool {
        let (isTaken, starts) = state.withLock { state in
            if state.idleThreads > 0 {
                state.idleThreads -= 1
                state.jobs.append(job)
                return (true, true)
            }
            guard state.jobs.count < queueMax else {
                state.counts.refused += 1
                return (false, false)
            }
            state.jobs.append(job)
            return (true, false)
        }
        if starts { BackgroundThreads.run { self.work() } }
        return isTaken
    }

    /// Encodes what waits until nothing does.
    private func work() {
        while let job = next() {
            let began = Instant.now
            let parts = try? read(job)
            let ended = Instant.now
            state.withLock { state in
                state.counts.encoded += 1
                state.counts.nanoseconds += ended.nanoseconds - began.nanoseconds
                if let parts { state.known.insert(parts, for: job.key, now: ended.nanoseconds) }
            }
            job.tell(parts)
        }
    }

    private func read(_ job: Job) throws(EncoderError) -> Parts {
        if job.parts == [.labels] { return [.labels: try encoder.classify(job.text)] }
        let layers = job.parts.compactMap { part -> Int? in if case .layer(let layer) = part { layer } else { nil } }
        return Parts(uniqueKeysWithValues: zip(job.parts, try encoder.encode(job.text, layers: layers)))
    }

    private func next() -> Job? {
        state.withLock { state in
            guard state.jobs.isEmpty else { return state.jobs.removeFirst() }
            state.idleThreads += 1
            return nil
        }
    }
}

extension BackgroundQueue {
    /// For estimates, which take a sixteenth of an encoder's time or less: so many times as many may wait.
    convenience init(forEstimatesBy settings: Settings.Encoder) {
        self.init(countMax: 16 * (settings.workers + settings.queueMax))
    }
}

/// A text's digest of 128 bits, keyed with what the process drew at its start, so that no client can make two collide.
struct PromptDigest: Hashable, Sendable {
    private let first: Int
    private let second: Int

    init(_ text: String) {
        func digest(_ salt: UInt8) -> Int {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(text)
            return hasher.finalize()
        }
        (first, second) = (digest(0), digest(1))
    }
}
