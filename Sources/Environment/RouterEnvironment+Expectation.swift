internal import Glibc

extension RouterEnvironment {
    /// The mean reward of sending the prompt to this model now, by the environment's own figures.
    ///
    /// What a gateway knows from its telemetry and an agent that learns does not: the basis of greedy policies.
    ///
    /// - Parameters:
    ///   - action: The model's number.
    ///   - costWeight: What a dollar takes away, instead of the settings' weight.
    /// - Returns: The mean over what is not known yet: latency, and the noise of quality but for its clipping.
    /// - Precondition: The action is one of the models.
    public func expectedReward(of action: Int, costWeight: Double) -> Double {
        let server = servers[action]
        var reward = settings.reward
        reward.costWeight = costWeight
        guard settings.dynamics == .realistic else {
            let shortfall = settings.dynamics == .literal ? 1 : 0.5 + 0.5 * prompt.complexity
            let quality = 1 - (1 - server.quality) * shortfall
            return reward(cost: server.cost, quality: quality, latency: 0, required: prompt.qualityRequired)
                - reward.latencyPenalty
                * Self.excess(server.latencyMean, server.latencyDeviation, above: reward.slaThreshold)
        }
        let waiting = server.waiting(behind: queues[action])
        guard waiting <= settings.traffic.waitMax, queues[action] < settings.maxQueueDepth else {
            return reward(cost: 0, quality: 0, latency: settings.traffic.waitMax, required: prompt.qualityRequired)
        }
        let scale = settings.traffic.latencyScale(prompt.length)
        let late = Self.excess(
            server.latencyMean * scale + waiting,
            server.latencyDeviation * scale,
            above: reward.slaThreshold
        )
        let cost = server.cost * settings.traffic.costScale(prompt.length)
        let quality = server.solving(prompt.complexity)
        return reward(cost: cost, quality: quality, latency: 0, required: prompt.qualityRequired)
            - reward.latencyPenalty * late
    }

    /// Seconds that the next request would wait for this model if the present one went there as well; 0 without queues.
    func nextWaiting(for action: Int) -> Double {
        settings.dynamics == .realistic ? servers[action].waiting(behind: queues[action] + 1) : 0
    }

    /// The mean of max(0, x − limit) for a normal x: σ·φ(z) + (μ − limit)·Φ(z), with z = (μ − limit)/σ.
    private static func excess(_ mean: Double, _ deviation: Double, above limit: Double) -> Double {
        let beyond = mean - limit
        guard deviation > 0 else { return max(0, beyond) }
        let z = beyond / deviation
        let density = exp(-0.5 * z * z) / (2 * Double.pi).squareRoot()
        return deviation * density + beyond * 0.5 * erfc(-z / 2.0.squareRoot())
    }
}
