import Domain
import Testing

@testable import Learning

@Suite struct RolloutTests {
    /// A_t = Σ_k (γλ)^k·δ_{t+k} up to the episode's end, as the definition has it, for any ends of episodes.
    @Test(arguments: 0..<30)
    func advantagesAreSumsOfErrors(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let (environments, steps, discount, decay) = (3, 12, 0.9, 0.8)
        var rollout = Rollout(environments: environments)
        for _ in 0..<environments * steps {
            rollout.actions.append(0)
            rollout.rewards.append(Double.random(in: -1...1, using: &generator))
            rollout.values.append(Double.random(in: -1...1, using: &generator))
            rollout.isLast.append(Int.random(in: 0..<5, using: &generator) == 0)
            // Terminated, or cut off with something to expect.
            rollout.bootstraps.append(Bool.random(using: &generator) ? 0 : 0.7)
        }
        let following = (0..<environments).map { _ in Double.random(in: -1...1, using: &generator) }
        let found = rollout.advantages(following: following, discount: discount, traceDecay: decay)
        for environment in 0..<environments {
            for step in 0..<steps {
                var (sum, weight) = (0.0, 1.0)
                for later in step..<steps {
                    let place = later * environments + environment
                    let isEnd = rollout.isLast[place]
                    let next =
                        isEnd
                        ? rollout.bootstraps[place]
                        : later + 1 < steps ? rollout.values[place + environments] : following[environment]
                    sum += weight * (rollout.rewards[place] + discount * next - rollout.values[place])
                    weight *= discount * decay
                    if isEnd { break }
                }
                let place = step * environments + environment
                #expect(abs(found.advantages[place] - Float(sum)) < 1e-5)
                #expect(abs(found.returns[place] - Float(sum + rollout.values[place])) < 1e-5)
            }
        }
    }

    @Test func momentsAreThoseOfAllRows() {
        var generator = SeededGenerator(seed: 2)
        let rows = (0..<50).map { _ in (0..<2).map { _ in Float.random(in: -3...5, using: &generator) } }
        var moments = RunningMoments(width: 2)
        moments.add(rows: Array(rows[..<7].joined()))
        moments.add(rows: Array(rows[7..<8].joined()))
        moments.add(rows: Array(rows[8...].joined()))
        for column in 0..<2 {
            let values = rows.map { Double($0[column]) }
            let mean = values.reduce(0, +) / 50
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 50
            #expect(abs(moments.means[column] - mean) < 1e-9)
            #expect(abs(moments.variances[column] - variance) < 1e-9)
        }
    }
}
