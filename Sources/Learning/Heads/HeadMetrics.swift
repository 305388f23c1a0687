import Neural
public import Routing

/// How good a head is on prompts; those that it has learned from flatter it.
public struct HeadMetrics: Hashable, Sendable {
    /// The figures by name, such as `accuracy`.
    public private(set) var values: [String: Double] = [:]

    /// The figures of `head` on these rows of `data`.
    ///
    /// Of classes: accuracy, and the calibration error of the likeliest class's probability. Of scores: the mean score when
    /// each prompt goes to the model of the highest expected score, that of the best single model, and the calibration
    /// error and Brier score over all models.
    public init(_ head: TrainedHead, on data: HeadData, rows: [Int]) {
        guard !rows.isEmpty else { return }
        let answers = head.answers(data.features.selecting(rows))
        switch data.targets {
        case .classes(let labels, _): addClasses(answers, rows.map { labels[$0] })
        case .scores(let scores): addScores(answers, scores.selecting(rows))
        }
        values["prompts"] = Double(rows.count)
    }

    private mutating func addClasses(_ answers: Matrix, _ labels: [Int]) {
        var (confidences, hits): ([Double], [Double]) = ([], [])
        for (row, label) in labels.enumerated() {
            let answer = Array(answers[row: row])
            let best = answer.indexOfHighest
            confidences.append(Double(answer[best]))
            hits.append(best == label ? 1 : 0)
        }
        values["accuracy"] = hits.reduce(0, +) / Double(hits.count)
        values["confidence_min"] = confidences.min()
        values["confidence_max"] = confidences.max()
        values["calibration_error"] = Calibration(expected: confidences, scores: hits).error
    }

    private mutating func addScores(_ answers: Matrix, _ scores: Matrix) {
        var (chosen, expected, found): ([Double], [Double], [Double]) = ([], [], [])
        for row in 0..<scores.rows {
            let known = (0..<scores.columns).filter { !scores[row, $0].isNaN }
            for model in known {
                expected.append(Double(answers[row, model]))
                found.append(Double(scores[row, model]))
            }
            if let best = known.max(by: { answers[row, $0] < answers[row, $1] }) {
                chosen.append(Double(scores[row, best]))
            }
        }
        let singles = (0..<scores.columns).map { model in
            let known = (0..<scores.rows).map { scores[$0, model] }.filter { !$0.isNaN }
            return Double(known.reduce(0, +)) / Double(max(1, known.count))
        }
        let calibration = Calibration(expected: expected, scores: found)
        values["routed_score"] = chosen.reduce(0, +) / Double(max(1, chosen.count))
        values["best_single_score"] = singles.max()
        values["calibration_error"] = calibration.error
        values["brier"] = calibration.brier
    }
}
