import Domain
import Environment
import Foundation
import Learning
import Ledger

extension FleetFit {
    /// The world that the ledger at `path` has served.
    ///
    /// - Throws: ``Learning/DataError/unreadable(path:reason:)`` with what is missing.
    init(ledger path: String, days: Int, rows: Int) throws {
        let since = Int64(Date.now.timeIntervalSince1970 * 1000) - Int64(days) * 86_400_000
        let served: [ServedAttempt]
        do throws(LedgerError) {
            let reader = try LedgerReader(at: LedgerLocation(path, password: nil))
            served = try reader.servedAttempts(since: since, requestsMax: rows)
        } catch {
            throw DataError.unreadable(path: path, reason: "\(error)")
        }
        do throws(TrainingError) { try self.init(served.map(Attempt.init)) } catch {
            throw DataError.unreadable(path: path, reason: error.message)
        }
    }

    /// What it came to, in a line.
    var summary: String {
        let names = models.map { model in
            let figures = (model.costPerCall, model.latencyMean, model.qualityScore)
            return model.name + String(format: " ($%.3g, %.3g s, quality %.2f)", figures.0, figures.1, figures.2)
        }
        var parts = [
            names.joined(separator: ", "), String(format: "%.3g requests a second", traffic.arrivalRate),
            "\(scoreCount) judged answers",
        ]
        if !leftOut.isEmpty {
            let few = leftOut.map { "\($0.model) (\($0.answers))" }.joined(separator: ", ")
            parts.append("left out for too few answers: \(few)")
        }
        return parts.joined(separator: "; ")
    }
}

extension FleetFit.Attempt {
    fileprivate init(_ row: ServedAttempt) {
        self.init(
            model: row.model.rawValue,
            began: Double(row.id.unixMilliseconds) / 1000 + Double(row.startedOffsetMicroseconds) / 1e6,
            seconds: Double(row.durationMicroseconds) / 1e6,
            dollars: row.cost.dollars,
            inputTokens: row.inputTokens
        )
        (isFirst, isAnswer) = (row.isFirst, row.outcome == .completed)
        grams = row.carbon?.grams
        (complexity, quality, score) = (row.complexity, row.quality, row.score)
    }
}
