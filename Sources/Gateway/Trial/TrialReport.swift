internal import Domain
internal import HTTP
internal import Ledger

/// What a ``ConfigurationTrial`` has found.
struct TrialReport {
    /// A request that would have gone another way.
    struct Move: Hashable {
        let id: RequestID
        let requestedModel: String
        let before: ConfigurationTrial.Verdict
        let after: ConfigurationTrial.Verdict
    }

    /// What is expected of the choices of one side.
    struct Sums: Hashable {
        var cost = Money.zero
        var carbon = Carbon.zero
        var quality = 0.0
    }

    /// At most so many requests are shown by themselves, the latest ones.
    static let movesMax = 50

    /// Decided by both sides.
    var decided = 0
    /// Of these, those for which the policy in force chooses now what was chosen then.
    var reproduced = 0
    /// Of these, those that both send to the same model, or that neither serves.
    var same = 0
    /// Of these, those that would be served and now are not, and the other way round.
    var refusedNow = 0, servedNow = 0
    var unknown: [ConfigurationTrial.Unknown: Int] = [:]
    /// How many requests each model would get of those that both sides serve.
    var models: [ModelID: (before: Int, after: Int)] = [:]
    /// Of the requests that both sides serve.
    var served = 0
    var before = Sums(), after = Sums()
    var moves: [Move] = []

    mutating func note(
        _ row: RequestRow,
        _ before: ConfigurationTrial.Verdict,
        _ after: ConfigurationTrial.Verdict
    ) {
        if case .unknown(let reason) = before { return unknown[reason, default: 0] += 1 }
        if case .unknown(let reason) = after { return unknown[reason, default: 0] += 1 }
        decided += 1
        if before.model == row.chosenModel { reproduced += 1 }
        switch (before, after) {
        case (.chosen(let old), .chosen(let new)):
            served += 1
            models[old.model, default: (0, 0)].before += 1
            models[new.model, default: (0, 0)].after += 1
            self.before.add(old)
            self.after.add(new)
        case (.chosen, _): refusedNow += 1
        case (_, .chosen): servedNow += 1
        default: break
        }
        if before.model == after.model {
            same += 1
        } else if moves.count < Self.movesMax {
            moves.append(Move(id: row.id, requestedModel: row.requestedModel, before: before, after: after))
        }
    }
}

extension TrialReport.Sums {
    fileprivate mutating func add(_ choice: ConfigurationTrial.Choice) {
        cost += choice.cost
        carbon += choice.carbon
        quality += choice.quality
    }

    fileprivate func write(to writer: inout JSONWriter, of requests: Int) {
        writer.object { writer in
            writer.member("cost_nanodollars", Int(cost.nanodollars))
            writer.member("carbon_micrograms", Int(carbon.micrograms))
            if requests > 0 { writer.member("quality", quality / Double(requests)) }
        }
    }
}

extension ConfigurationTrial.Verdict {
    /// The model, if there is one.
    var model: ModelID? { if case .chosen(let choice) = self { choice.model } else { nil } }

    /// For people.
    fileprivate var explanation: String {
        switch self {
        case .chosen(let choice): choice.explanation
        case .refused(let reason): reason
        case .unknown(let reason): reason.rawValue
        }
    }
}

extension TrialReport {
    private static let count = Shape.integer(0 ... .max)
    private static let sums = Shape.record(
        "TrialSums",
        [
            Shape.Member("cost_nanodollars", .integer(.min ... .max), "Expected cost.", isRequired: true),
            Shape.Member("carbon_micrograms", count, "Expected emissions.", isRequired: true),
            Shape.Member("quality", .number(0...1), "Mean expected quality; absent where nothing is served."),
        ]
    )

    /// The members that ``write(to:)`` writes.
    static let shape: [Shape.Member] = [
        Shape.Member("decided", count, "Requests that both configurations decide.", isRequired: true),
        Shape.Member(
            "reproduced",
            count,
            "Of these, those that the one in force sends where they went: what this can be trusted by.",
            isRequired: true
        ),
        Shape.Member("same", count, "Of these, those that nothing changes for.", isRequired: true),
        Shape.Member("refused_now", count, "Of these, those that the other would not serve.", isRequired: true),
        Shape.Member("served_now", count, "Of these, those that only the other would serve.", isRequired: true),
        Shape.Member(
            "unknown",
            .map(count, countMax: .max),
            "Requests of which it cannot be told: of an older version (not_noted), a router that has not read the prompt "
                + "(unread), a router that chooses by itself (chooser).",
            isRequired: true
        ),
        Shape.Member(
            "models",
            .map(
                .record(
                    "TrialModel",
                    [
                        Shape.Member("before", count, "By the configuration in force.", isRequired: true),
                        Shape.Member("after", count, "By the other.", isRequired: true),
                    ]
                ),
                countMax: .max
            ),
            "How many of the requests that both serve each model gets.",
            isRequired: true
        ),
        Shape.Member("before", sums, "What is expected of them, by the one in force.", isRequired: true),
        Shape.Member("after", sums, "The same by the other.", isRequired: true),
        Shape.Member(
            "moves",
            .list(
                .record(
                    "Move",
                    [
                        Shape.Member("id", .requestID, "The request.", isRequired: true),
                        Shape.Member(
                            "requested_model",
                            .text(scalarsMax: 1_000_000),
                            "What it asked for.",
                            isRequired: true
                        ),
                        Shape.Member("before", .nullable(.name), "Where it goes now.", isRequired: true),
                        Shape.Member("after", .nullable(.name), "Where it would go.", isRequired: true),
                        Shape.Member("why_before", .text(scalarsMax: 4096), "Why.", isRequired: true),
                        Shape.Member("why_after", .text(scalarsMax: 4096), "Why.", isRequired: true),
                    ]
                ),
                countMax: movesMax
            ),
            "The latest requests that would go another way.",
            isRequired: true
        ),
    ]

    /// Writes the members of ``shape``.
    func write(to writer: inout JSONWriter) {
        writer.member("decided", decided)
        writer.member("reproduced", reproduced)
        writer.member("same", same)
        writer.member("refused_now", refusedNow)
        writer.member("served_now", servedNow)
        writer.object("unknown") { writer in
            for reason in ConfigurationTrial.Unknown.allCases {
                guard let count = unknown[reason] else { continue }
                writer.key(named: reason.rawValue)
                writer.value(count)
            }
        }
        writer.object("models") { writer in
            for (model, counts) in models.sorted(by: { $0.key < $1.key }) {
                writer.key(named: model.rawValue)
                writer.object { writer in
                    writer.member("before", counts.before)
                    writer.member("after", counts.after)
                }
            }
        }
        writer.key("before")
        before.write(to: &writer, of: served)
        writer.key("after")
        after.write(to: &writer, of: served)
        writer.array("moves") { writer in for move in moves { move.write(to: &writer) } }
    }
}

extension TrialReport.Move {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id.description)
            writer.member("requested_model", requestedModel)
            writer.member("before", before.model?.rawValue)
            writer.member("after", after.model?.rawValue)
            writer.member("why_before", before.explanation)
            writer.member("why_after", after.explanation)
        }
    }
}
