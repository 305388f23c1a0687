internal import Routing

extension MetricsPage {
    /// Whether guards let bandits choose, what they earn more than the strategy, and how much they have learned from.
    func writeBandits(_ page: inout Exposition) {
        guard !bandits.isEmpty else { return }
        page.family(
            "switchyard_bandit_in_force",
            .gauge,
            "Whether a bandit chooses: 1, or 0 where its guard lets the strategy."
        )
        for (id, bandit) in bandits {
            page.sample("switchyard_bandit_in_force", [("router", id)], bandit.isInForce ? 1 : 0)
        }
        page.family("switchyard_bandit_lessons", .gauge, "Judged answers that a bandit has learned from.")
        for (id, bandit) in bandits { page.sample("switchyard_bandit_lessons", [("router", id)], bandit.lessonCount) }
        page.family(
            "switchyard_bandit_gain",
            .gauge,
            "What a bandit's choices earn more than the strategy's, off policy: the estimate and its interval of 95 %."
        )
        for (id, bandit) in bandits {
            guard case .compared(let gain) = bandit.verdict else { continue }
            for (bound, value) in [("estimate", gain.value), ("low", gain.low), ("high", gain.high)] {
                page.sample("switchyard_bandit_gain", [("router", id), ("bound", bound)], value)
            }
        }
    }
}
