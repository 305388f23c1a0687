internal import Configuration
internal import Dispatch
internal import Domain
internal import Reactor
internal import Routing
internal import Synchronization
internal import TextEncoding

/// Turns prompts into vectors on threads of its own, so that no loop computes for long.
///
/// Nobody waits for it longer than the settings say, and it keeps no more waiting than they say: a request that gets no
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
        /// Time that threads were at it.
        var nanoseconds: UInt64 = 0
    }

    /// A prompt's vectors by the encoder's layers.
    typealias Vectors = [Int: [Float]]

    /// A prompt that waits, and whom to tell.
    private struct Job {
        let text: String
        let key: PromptDigest
        let layers: [Int]
        let tell: @Sendable (Vectors?) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var idleThreads: Int
        var known: LRUCache<PromptDigest, Vectors>
        var counts = Counts()
    }

    /// The last part of its folder's path: what is kept of prompts names it, as vectors of two encoders don't compare.
    let name: String
    private let encoder: Encoder
    private let queueMax: Int
    private let wait: Duration
    private let state: Mutex<State>
    private let threads: DispatchQueue

    /// A pool for the model in the settings' folder; `nil` if they name none, or it may be missing and is.
    ///
    /// It reads files, so no loop may call it.
    ///
    /// - Throws: ``GatewayStartError/encoder(folder:reason:)``.
    static func make(_ settings: Settings.Encoder) throws(GatewayStartError) -> EncoderPool? {
        guard let folder = settings.folder else { return nil }
        do throws(EncoderError) {
            let encoder = try Encoder(folder: folder, options: Encoder.Options(tokensMax: settings.tokensMax))
            // Else the first prompt of each length would be late.
            try encoder.prepare(callers: settings.workers)
            return EncoderPool(encoder, settings)
        } catch {
            throw .encoder(folder: folder, reason: error.message)
        }
    }

    init(_ encoder: Encoder, _ settings: Settings.Encoder) {
        self.encoder = encoder
        name = settings.path?.split(separator: "/").last.map(String.init) ?? ""
        queueMax = settings.queueMax
        wait = .microseconds(Int64(settings.waitMillisecondsMax * 1000))
        state = Mutex(
            State(idleThreads: settings.workers, known: LRUCache(capacity: settings.cacheEntriesMax))
        )
        threads = DispatchQueue(label: "switchyard.encoder", qos: .userInitiated, attributes: .concurrent)
    }

    /// What it did so far.
    var counts: Counts { state.withLock { $0.counts } }

    /// The layers that the model has: those beyond are nobody's to ask for.
    var layerCount: Int { encoder.layerCount }

    /// The vectors of `text`, asked for on `loop`; `nil` where they are not to be had in time.
    func vectors(of text: String, layers: [Int], on loop: EventLoop) async -> Vectors? {
        let key = PromptDigest(text)
        let wanted = layers.filter { $0 <= encoder.layerCount }
        if let known = recall(key, wanted, now: loop.now.nanoseconds) { return known }
        let answer = Answer(on: loop)
        let bound = LoopBound(answer, to: loop)
        let job = Job(text: text, key: key, layers: wanted) { vectors in bound.run { $0.come(vectors) } }
        guard enqueue(job) else { return nil }
        guard await answer.waiter.wait(until: loop.now.advanced(by: wait)) == .ready else {
            answer.isWanted = false
            state.withLock { $0.counts.late += 1 }
            return nil
        }
        return answer.vectors
    }

    private func recall(_ key: PromptDigest, _ layers: [Int], now: UInt64) -> Vectors? {
        state.withLock { state in
            guard let known = state.known.value(for: key, now: now), layers.allSatisfy({ known[$0] != nil }) else {
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
        if starts { threads.async { self.work() } }
        return isTaken
    }

    /// Encodes what waits until nothing does.
    private func work() {
        while let job = next() {
            let began = Instant.now
            let encoded = try? encoder.encode(job.text, layers: job.layers)
            let vectors = encoded.map { Vectors(uniqueKeysWithValues: zip(job.layers, $0)) }
            let ended = Instant.now
            state.withLock { state in
                state.counts.encoded += 1
                state.counts.nanoseconds += ended.nanoseconds - began.nanoseconds
                if let vectors { state.known.insert(vectors, for: job.key, now: ended.nanoseconds) }
            }
            job.tell(vectors)
        }
    }

    private func next() -> Job? {
        state.withLock { state in
            guard state.jobs.isEmpty else { return state.jobs.removeFirst() }
            state.idleThreads += 1
            return nil
        }
    }

    /// One request's wait for its vectors; loop-confined.
    private final class Answer {
        let waiter: Waiter
        var isWanted = true
        private(set) var vectors: Vectors?

        init(on loop: EventLoop) { waiter = Waiter(on: loop) }

        func come(_ vectors: Vectors?) {
            guard isWanted else { return }
            self.vectors = vectors
            waiter.end(.ready)
        }
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
