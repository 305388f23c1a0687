internal import Budgets
internal import Domain
internal import HTTP
internal import Wire

/// Holds: what budgets have set aside for requests under way.
enum HoldEndpoints {
    static let hold = Shape.record(
        "Hold",
        [
            Shape.Member("request", .requestID, "The request that it is for.", isRequired: true),
            Shape.Member("organisation", .name, "Who pays.", isRequired: true),
            Shape.Member("team", .nullable(.name), "Which team.", isRequired: true),
            Shape.Member("key", .nullable(.name), "By which key.", isRequired: true),
            Shape.Member("model", .name, "The model that is being called.", isRequired: true),
            Shape.Member("since_unix_ms", .unixMilliseconds, "Since when.", isRequired: true),
        ]
            + Budget.Measure.allCases.map {
                Shape.Member($0.rawValue, .number(0...1e19), "How much of that is held.", isRequired: true)
            }
    )

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/holds",
            summary: "Lists the oldest open holds.",
            query: [Shape.Member("limit", .integer(1...1000), "At most so many; 100 if absent.")],
            answer: .record(
                "HoldPage",
                [
                    Shape.Member("data", .list(hold, countMax: 1000), "The oldest first.", isRequired: true),
                    Shape.Member("count", .integer(0 ... .max), "How many are open in all.", isRequired: true),
                ]
            ),
            respond: list
        )
    ]

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        let limit = call.query["limit"]?.integer ?? 100
        let snapshot = call.service.spending.book.snapshot(now: call.now, holdsMax: limit)
        return .json { writer in
            writer.object { page in
                page.array("data") { list in for hold in snapshot.holds { hold.write(to: &list) } }
                page.member("count", snapshot.holdCount)
            }
        }
    }
}

extension OpenHold {
    /// Whether a budget of `scope` holds it, as far as can be told.
    func isUnder(_ scope: Budget.Scope) -> Bool {
        scope == .model(model) || scope.covers(payer, tags: [])
    }

    func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("request", request.description)
            object.member("organisation", payer.organisation.rawValue)
            object.member("team", payer.team?.rawValue)
            object.member("key", payer.key?.rawValue)
            object.member("model", model.rawValue)
            object.member("since_unix_ms", Int(since))
            for measure in Budget.Measure.allCases {
                object.key(named: measure.rawValue)
                object.value(Double(amounts[measure]) / measure.unitsPerWhole)
            }
        }
    }
}
