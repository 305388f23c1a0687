internal import Configuration
internal import Dispatch
internal import Domain
internal import Ledger
internal import Logging
internal import Routing
internal import Synchronization

/// The bandits of the settings, with what they have learned from feedback, and whether their guards let them choose.
///
/// A serial queue owns the lessons: it reads judged requests from the ledger and makes new bandits of them. Requests take the last
/// one that was made, a value that nobody changes any more, under a lock that is held for that alone. Nothing is kept
/// beside the ledger, where each request has whether its bandit was in force: a start begins with what is there.
final class BanditKeeper: Sendable {
    /// What a bandit depends on beside its lessons.
    private struct Basis: Hashable {
        let id: String
        let settings: Settings.Bandit
        let models: [ModelID]
        let rowsMax: Int
        let keyShareMax: Double
    }

    /// What the queue keeps of one bandit.
    private struct Pupil {
        let basis: Basis
        /// Oldest first, by the requests' times.
        var lessons: [BanditLesson]
        var isStale = false
    }

    private let feedback: FeedbackReader
    private let log: Logger
    /// Taken by work on the reader's queue alone, so never waited for.
    private let pupils = Mutex<[Pupil]>([])
    private let current = Mutex<[String: FeedbackBandit]>([:])
    /// The bandits that were last asked for.
    private let wanted = Mutex<[Basis]>([])

    /// A keeper that learns by `feedback`.
    init(_ feedback: FeedbackReader, log: Logger) { (self.feedback, self.log) = (feedback, log) }

    /// The bandit called `id`, as it is; `nil` before it was made.
    func bandit(_ id: String) -> FeedbackBandit? { current.withLock { $0[id] } }

    /// All of them, by name.
    var all: [(id: String, bandit: FeedbackBandit)] {
        current.withLock { $0.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }

    /// Keeps the bandits of `policy` from now on; those that are as before keep what they know.
    func follow(_ policy: Policy) {
        let bases = policy.choosers.compactMap { chooser -> Basis? in
            guard case .bandit(let settings) = chooser.kind else { return nil }
            return Basis(
                id: chooser.id,
                settings: settings,
                models: policy.catalogue.models.map(\.id),
                rowsMax: max(policy.settings.routing.feedbackRowsMax, 1),
                keyShareMax: policy.settings.routing.feedbackKeyShareMax
            )
        }
        wanted.withLock { $0 = bases }
        feedback.untilRead { [weak self] in self?.catchUp() ?? true }
    }

    /// False if the ledger could not be read for one of them, which is none until then.
    private func catchUp() -> Bool {
        let bases = wanted.withLock { $0 }
        return pupils.withLock { pupils in
            guard bases != pupils.map(\.basis) else { return true }
            pupils = bases.compactMap { basis in
                pupils.first { $0.basis == basis }
                    ?? lessons(basis).map { Pupil(basis: basis, lessons: $0, isStale: true) }
            }
            current.withLock { bandits in
                bandits = bandits.filter { entry in pupils.contains { $0.basis.id == entry.key } }
            }
            renew(&pupils)
            return pupils.count == bases.count
        }
    }

    /// Takes in the feedback on a request that was just given.
    func learn(_ id: RequestID) { feedback.note(id) { [weak self] in self?.learn(all: $0) ?? [] } }

    /// Returns when all that was asked for is done; blocks.
    func finish() { feedback.queue.sync {} }

    /// Teaches every bandit what was judged, and makes them anew; gives back what could not be read for one of them.
    func learn(all ids: [RequestID]) -> [RequestID] {
        pupils.withLock { pupils in
            var unread: [RequestID] = []
            for id in ids {
                var isRead = true
                for index in pupils.indices { isRead = learn(id, &pupils[index]) && isRead }
                if !isRead { unread.append(id) }
            }
            renew(&pupils)
            return unread
        }
    }

    /// False if the ledger could not be read.
    private func learn(_ id: RequestID, _ pupil: inout Pupil) -> Bool {
        let mark = ChooserReport.mark(pupil.basis.id)
        let found = feedback.read { reader throws(LedgerError) in try reader.judgedDecision(id, marked: mark) }
        guard let row = found else { return false }
        guard let lesson = row.flatMap({ lesson($0, pupil.basis) }) else { return true }
        pupil.lessons.removeAll { $0.id == id }
        let place = pupil.lessons.lastIndex { ($0.id.high, $0.id.low) < (id.high, id.low) }.map { $0 + 1 } ?? 0
        pupil.lessons.insert(lesson, at: place)
        // More than one key may fill, so that what others said is there beside the latest of one key.
        pupil.lessons.removeFirst(max(0, pupil.lessons.count - 2 * pupil.basis.rowsMax))
        pupil.isStale = true
        return true
    }

    /// Makes the bandits anew whose lessons have changed, and tells where a guard has changed its mind.
    private func renew(_ pupils: inout [Pupil]) {
        for index in pupils.indices where pupils[index].isStale {
            pupils[index].isStale = false
            let (basis, lessons) = (pupils[index].basis, pupils[index].lessons)
            let before = bandit(basis.id)?.isInForce
            let bandit = FeedbackBandit(
                lessons,
                models: basis.models,
                wasInForce: before,
                settings: FeedbackBandit.Settings(basis.settings, keyShareMax: basis.keyShareMax)
            )
            current.withLock { $0[basis.id] = bandit }
            guard bandit.isInForce != before ?? false else { continue }
            let text =
                bandit.isInForce
                ? "a bandit is in force: it does better than the strategy"
                : "a bandit is out of force: it does no better than the strategy"
            log.notice("\(text)", metadata: ["router": "\(basis.id)", "verdict": "\(bandit.verdict)"])
        }
    }

    /// `nil` if the ledger could not be read.
    private func lessons(_ basis: Basis) -> [BanditLesson]? {
        feedback.read { reader throws(LedgerError) in
            try reader.judgedDecisions(
                marked: ChooserReport.mark(basis.id),
                rowsMax: 2 * basis.rowsMax,
                rowsOfKeyMax: basis.rowsMax
            )
        }?
        .compactMap { lesson($0, basis) }
    }

    private func lesson(_ row: JudgedDecision, _ basis: Basis) -> BanditLesson? {
        BanditLesson(row, qualityPerDollar: basis.settings.qualityPerDollar)
    }
}

extension FeedbackBandit.Settings {
    fileprivate init(_ settings: Configuration.Settings.Bandit, keyShareMax: Double) {
        self.init()
        (width, exploration) = (settings.confidenceWidth, settings.exploration)
        (guardRows, self.keyShareMax) = (settings.guardRows, keyShareMax)
    }
}
