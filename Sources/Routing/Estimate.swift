/// Expectations of one model: its prior counts as `weight` calls beside those of the window.
///
///     successRate = (weight · 1 + successes) / (weight + samples)
///     latency     = (weight · prior + Σ latency) / (weight + timed)
///
/// The posterior means of a Beta and of a normal prior. Neither one fast call nor one failure moves them far, and an
/// observed zero counts as what it is. Without weight and without samples the prior stands.
struct Estimate {
    let successRate: Double
    /// In nanoseconds.
    let latency: Int64

    init(prior: Int64, weight: Double, sums: RollingWindow.Sums) {
        let calls = weight + Double(sums.samples)
        successRate = calls > 0 ? (weight + Double(sums.successes)) / calls : 1
        let timed = weight + Double(sums.timed)
        let mean = timed > 0 ? (weight * Double(prior) + Double(sums.latency)) / timed : Double(prior)
        latency = mean < 9.2e18 ? Int64(mean) : .max
    }
}
