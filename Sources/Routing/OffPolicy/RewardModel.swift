internal import LinearAlgebra

/// A linear model of each action's reward in a context: least squares with a little ridge.
struct RewardModel {
    /// By action, a coefficient for 1 and one for each number of the context.
    private let coefficients: [[Double]]

    /// The model of these decisions; an action that none of them took is expected to earn their mean.
    init(_ decisions: [LoggedDecision], actions: Int) {
        let mean = decisions.reduce(0) { $0 + $1.reward } / Double(max(decisions.count, 1))
        let width = 1 + (decisions.first?.context.count ?? 0)
        coefficients = (0..<actions).map { action in
            let taken = decisions.filter { $0.action == action }
            let constant = [mean] + Array(repeating: 0, count: width - 1)
            guard !taken.isEmpty else { return constant }
            let rows = taken.map { [1] + $0.context }
            let columns = (0..<width).map { column in rows.map { $0[column] } }
            // Towards the mean of all, so that few decisions don't say much.
            let equations = Equations(columns, target: taken.map { $0.reward - mean })
            guard let found = equations.solve(penalties: Array(repeating: 1, count: width)) else { return constant }
            return [found[0] + mean] + found.dropFirst()
        }
    }

    /// What each action is expected to earn in a context.
    func expected(in context: [Double]) -> [Double] {
        coefficients.map { coefficients in
            zip(coefficients.dropFirst(), context).reduce(coefficients[0]) { $0 + $1.0 * $1.1 }
        }
    }

    /// For each decision what a model of the other half expects: one that has seen a reward would agree with it.
    static func crossFitted(_ decisions: [LoggedDecision]) -> [[Double]] {
        let actions = decisions.first?.target.count ?? 0
        let models = (0..<2).map { half in
            let others = decisions.indices.filter { $0 % 2 != half }.map { decisions[$0] }
            return RewardModel(others, actions: actions)
        }
        return decisions.enumerated().map { index, decision in models[index % 2].expected(in: decision.context) }
    }
}
