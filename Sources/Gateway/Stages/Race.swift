internal import Reactor

/// One attempt and, if it is late, a second one beside it: the first to commit answers, the other is called off.
///
/// Each attempt is a task of its own on the request's loop, so that either can be called off alone, in whatever phase it
/// is. This owns both: it waits for them, and cancels them with the request. Loop-confined.
final class Race {
    /// The attempt that answers.
    private(set) var winner: Relay?
    private let first: Relay
    private let delay: Duration
    private var second: Relay?
    private let dispatch: Dispatch
    private let record: RequestRecord
    private var tasks: [Task<Void, Never>] = []
    private var answer: Answer?
    /// What is told if there is no answer.
    private var failure: Dispatch.Failed?

    /// A race that `first`, which has begun, is alone in until `delay` after its start.
    init(of first: Relay, hedgingAfter delay: Duration, for dispatch: Dispatch, _ record: RequestRecord) {
        self.first = first
        self.delay = delay
        self.dispatch = dispatch
        self.record = record
        first.race = self
    }

    /// Runs the first attempt and, if it is late, the second one; where both failed, it is for what the first one did.
    func run() async -> Answer? {
        let timer = Timer(on: dispatch.worker.loop) { [unowned self] in hedge() }
        timer.arm(at: first.startedAt.advanced(by: delay))
        start(first)
        await ending(of: tasks[0])
        timer.disarm()
        timer.action = nil
        if tasks.count > 1 { await ending(of: tasks[1]) }
        // They refer to this.
        first.race = nil
        second?.race = nil
        dispatch.failure = failure
        return answer
    }

    /// Whether `relay` may answer the client: the first that asks may, and the other one is called off at once.
    func claim(_ relay: Relay) -> Bool {
        guard winner == nil else { return winner === relay }
        winner = relay
        for (task, other) in zip(tasks, [first, second]) where other !== relay { task.cancel() }
        record.backend = relay.backend
        record.passedFields = relay.passedFields
        return true
    }

    private func hedge() {
        guard winner == nil, failure == nil, let relay = dispatch.beginHedge(beside: first, record) else { return }
        second = relay
        relay.race = self
        start(relay)
    }

    private func start(_ relay: Relay) {
        let bound = LoopBound((race: self, relay: relay), to: dispatch.worker.loop)
        tasks.append(dispatch.worker.loop.start { await bound.value.race.complete(bound.value.relay) })
    }

    private func complete(_ relay: Relay) async {
        let given = await dispatch.complete(relay, record)
        guard winner == nil || winner === relay else { return }
        answer = given
        guard given == nil, let failed = dispatch.failure else { return }
        // Where both fail, what the first one failed for is told, or what became of an answer that had begun.
        if failure == nil || relay === first || winner === relay { failure = failed }
        if second != nil { dispatch.note(failed) }
    }

    /// Waits for an attempt; one whose request is cancelled is cancelled as well.
    private func ending(of task: Task<Void, Never>) async {
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
