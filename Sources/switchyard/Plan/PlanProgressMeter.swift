import Planning
import Synchronization

/// How far the plans of one call are: each tells its share from the thread that it is made on, and one bar shows the mean.
final class PlanProgressMeter: Sendable {
    private struct State {
        var bar: ProgressBar
        /// What is done of each job, 0 to 1.
        var shares: [Double]
    }

    private let state: Mutex<State>

    /// A meter for so many jobs; of several their rate is shown, of one the share alone.
    init(jobCount: Int) {
        let bar = ProgressBar("plan", unit: jobCount > 1 ? "jobs" : nil)
        state = Mutex(State(bar: bar, shares: Array(repeating: 0, count: jobCount)))
    }

    /// Notes that a share of a job is done; a smaller one than before changes nothing.
    func note(_ share: Double, of job: Int, named name: String) {
        state.withLock { state in
            let share = min(share, 1)
            guard share > state.shares[job] else { return }
            state.shares[job] = share
            let done = state.shares.count { $0 >= 1 }
            // Sums of shares may be a little below what they add up to.
            let all = done == state.shares.count ? 1 : state.shares.reduce(0, +) / Double(state.shares.count)
            state.bar.show(all, count: done, note: name)
        }
    }

    /// Ends the line of the bar.
    func end() { state.withLock { $0.bar.end() } }
}
