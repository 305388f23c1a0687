internal import LinearProgramming

/// The master program of one chain as the dual of a flow: for long horizons, where the general method takes too long.
///
/// With running totals as variables every constraint bounds the difference of two of them. A node stands for each total. A
/// window is an arc from its begin to its end that earns what the window needs; an hour's hull is a bundle of arcs back,
/// each as wide as the hull's slope rises at a corner and as dear as the corner's quality. What flows along a window is its
/// price, and the potentials are the totals.
struct MasterNetwork {
    private let model: QualityModel
    private var network: FlowNetwork

    init(_ model: QualityModel) {
        self.model = model
        network = FlowNetwork(nodeCount: model.hourCount + 1)
        for (window, hours) in model.windows.enumerated() {
            network.arc(
                from: hours.lowerBound,
                to: hours.upperBound,
                capacity: .infinity,
                cost: -model.required[window]
            )
        }
        for (hour, curve) in model.curves.enumerated() {
            var slope = 0.0
            for corner in curve.hullQualities.indices {
                let isLast = corner + 1 == curve.hullQualities.count
                let next = isLast ? .infinity : curve.slope(after: corner)
                network.arc(
                    from: hour + 1,
                    to: hour,
                    capacity: next - slope,
                    cost: curve.hullQualities[corner] - model.offset[hour]
                )
                slope = next
            }
        }
    }

    func solve(unless isCancelled: () -> Bool) throws(LinearProgramError) -> MasterSolver.Outcome {
        let circulation: Circulation
        do {
            circulation = try network.cheapestCirculation(unless: isCancelled)
        } catch .unbounded {
            // A flow that earns for ever is the proof that a window needs more than there is.
            throw .infeasible
        }
        let totals = circulation.potentials
        return MasterSolver.Outcome(
            qualities: (0..<model.hourCount).map { hour in
                min(max(totals[hour] - totals[hour + 1], model.low[hour]), model.high[hour])
            },
            prices: Array(circulation.flows[..<model.windows.count]),
            pivotCount: circulation.pivotCount
        )
    }
}

extension HourCurve {
    /// What another unit of quality costs between a corner of the hull and the next.
    fileprivate func slope(after corner: Int) -> Double {
        (hullCosts[corner + 1] - hullCosts[corner]) / (hullQualities[corner + 1] - hullQualities[corner])
    }
}
