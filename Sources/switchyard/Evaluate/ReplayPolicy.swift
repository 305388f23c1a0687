import ArgumentParser
import Foundation
import Ledger

/// A way to choose among a request's candidates that is to be judged by a ledger.
enum ReplayPolicy: Hashable, ExpressibleByArgument {
    case cheapest, cleanest, fastest, best, random
    /// This model; where it was no candidate, the cheapest one.
    case always(String)

    static let help = "cheapest, cleanest, fastest, best, random or always:MODEL"

    init?(argument: String) {
        switch argument {
        case "cheapest": self = .cheapest
        case "cleanest": self = .cleanest
        case "fastest": self = .fastest
        case "best": self = .best
        case "random": self = .random
        default:
            guard argument.hasPrefix("always:"), argument.count > 7 else { return nil }
            self = .always(String(argument.dropFirst(7)))
        }
    }

    var name: String {
        switch self {
        case .cheapest: "cheapest"
        case .cleanest: "cleanest"
        case .fastest: "fastest"
        case .best: "best"
        case .random: "random"
        case .always(let model): "always:\(model)"
        }
    }

    /// The probability of each of a request's candidates.
    func probabilities(of candidates: [ReplayCandidate]) -> [Double] {
        func least(_ figure: (ReplayCandidate) -> Double) -> Int? {
            candidates.indices.min { figure(candidates[$0]) < figure(candidates[$1]) }
        }
        let choice: Int? =
            switch self {
            case .random: nil
            case .cheapest: least(\.cost)
            case .cleanest: least(\.carbon)
            case .fastest: least(\.latency)
            case .best: least { -$0.quality }
            case .always(let model): candidates.firstIndex { $0.model == model } ?? least(\.cost)
            }
        guard let choice else { return candidates.map { _ in 1 / Double(candidates.count) } }
        return candidates.indices.map { $0 == choice ? 1 : 0 }
    }
}

/// A model that a request could have gone to, as its ledger row has it: with what was expected of it.
struct ReplayCandidate: Decodable {
    let model: String
    let cost: Double
    let latency: Double
    let quality: Double
    let carbon: Double
    let rejected: String?

    private enum CodingKeys: String, CodingKey {
        case model, quality, rejected
        case cost = "cost_nanodollars"
        case latency = "latency_us"
        case carbon = "carbon_ug"
    }

    /// The candidates of a row that were not rejected; none of a row that makes no sense.
    static func open(in row: RequestRow) -> [Self] {
        let all = (try? JSONDecoder().decode([Self].self, from: Data(row.candidates))) ?? []
        return all.filter { $0.rejected == nil }
    }
}
