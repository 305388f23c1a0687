internal import Configuration
internal import Dispatch
internal import Domain
internal import Ledger
internal import Routing
internal import Synchronization

/// What routers learn from feedback while they serve.
///
/// A serial queue owns it: it reads judged requests from the ledger and makes new memories of them. Requests take the last
/// one that was made, a value that nobody changes any more, under a lock that is held for that alone. Nothing is kept
/// beside the ledger: a start, or a router that was trained anew, begins with what is there.
final class FeedbackLearner: Sendable {
    /// What memories depend on: as long as it is the same, they hold.
    private struct Basis: Hashable {
        var routers: [Settings.LearnedRouter] = []
        var files: [FileMark?] = []
        var models: [ModelPrior] = []
        var rowsMax = 0
        var memory = FeedbackMemory.Settings()
    }

    /// What work on the queue keeps.
    private struct State {
        var basis = Basis()
        var routers: [LearnedRouter] = []
    }

    private let feedback: FeedbackReader
    private let encoder: String?
    /// Taken by work on the reader's queue alone, so never waited for.
    private let state = Mutex(State())
    private let current = Mutex<[String: FeedbackMemory]>([:])
    /// The policy that was last asked to be learned for.
    private let followed = Mutex<Policy?>(nil)

    /// A learner by `feedback`; vectors count that an encoder of this name has made.
    init(_ feedback: FeedbackReader, encoder: String?) { (self.feedback, self.encoder) = (feedback, encoder) }

    /// What was learned, by the routers' names.
    var memories: [String: FeedbackMemory] { current.withLock { $0 } }

    /// How many judged requests are remembered.
    var count: Int { current.withLock { $0.values.map(\.count).max() ?? 0 } }

    /// Learns for the routers of `policy` from now on: anew from the ledger if they are others than before.
    func follow(_ policy: Policy) {
        followed.withLock { $0 = policy }
        feedback.untilRead { [weak self] in self?.catchUp() ?? true }
    }

    /// Takes in the feedback on a request that was just given.
    func learn(_ id: RequestID) { feedback.note(id) { [weak self] in self?.learn(all: $0) ?? [] } }

    /// Takes in what was judged; gives back what could not be read.
    func learn(all ids: [RequestID]) -> [RequestID] { ids.filter { !isLearned($0) } }

    /// False if the ledger could not be read.
    private func isLearned(_ id: RequestID) -> Bool {
        state.withLock { state in
            guard state.basis.rowsMax > 0 else { return true }
            let found = feedback.read { reader throws(LedgerError) in try reader.judgedRequest(id) }
            guard let judged = found else { return false }
            guard let lesson = judged.flatMap(self.lesson) else { return true }
            for router in state.routers {
                guard var memory = memories[router.id] else { continue }
                memory.learn(lesson, of: router.estimator)
                current.withLock { $0[router.id] = memory }
            }
            return true
        }
    }

    /// Returns when all that was asked for is done; blocks.
    func finish() { feedback.queue.sync {} }

    /// False if the ledger could not be read.
    private func catchUp() -> Bool {
        guard let policy = followed.withLock({ $0 }) else { return true }
        return state.withLock { rebuild(&$0, for: policy) }
    }

    /// False if the ledger could not be read: then nobody learns, and what is judged meanwhile is there at the next try.
    private func rebuild(_ state: inout State, for policy: Policy) -> Bool {
        let basis = Basis(
            routers: policy.settings.routers,
            files: policy.routerFiles,
            models: policy.catalogue.models.map { ModelPrior(id: $0.id, quality: $0.quality) },
            rowsMax: policy.settings.routing.feedbackRowsMax,
            memory: FeedbackMemory.Settings(keyShareMax: policy.settings.routing.feedbackKeyShareMax)
        )
        guard basis != state.basis else { return true }
        // Chance has nothing to learn, and what a classifier said of a prompt is not kept.
        let unteachable = policy.settings.routers.filter { $0.kind == .random || $0.kind == .classifier }.map(\.id)
        state = State(basis: basis, routers: policy.learnedRouters.filter { !unteachable.contains($0.id) })
        var memories: [String: FeedbackMemory] = [:]
        defer { current.withLock { $0 = memories } }
        if basis.rowsMax > 0, !state.routers.isEmpty {
            let found = feedback.read { reader throws(LedgerError) in
                // More than there is room for, so that what others said is there beside the latest of one key.
                try reader.judgedRequests(since: 0, rowsMax: 2 * basis.rowsMax, rowsOfKeyMax: basis.rowsMax)
            }
            guard let judged = found else {
                state = State()
                return false
            }
            let lessons = judged.compactMap(lesson)
            for router in state.routers {
                memories[router.id] = FeedbackMemory(
                    lessons,
                    of: router.estimator,
                    rowsMax: basis.rowsMax,
                    settings: basis.memory
                )
            }
        }
        return true
    }

    /// What a judged request teaches; `nil` where nothing was kept of its prompt.
    private func lesson(_ judged: JudgedRequest) -> FeedbackMemory.Lesson? {
        guard let row = judged.evidence, row.encoder == encoder, let prompt = PromptEvidence(record: row.features)
        else {
            return nil
        }
        return FeedbackMemory.Lesson(
            id: judged.id,
            prompt: prompt,
            model: judged.model,
            score: judged.score,
            key: judged.key
        )
    }
}
