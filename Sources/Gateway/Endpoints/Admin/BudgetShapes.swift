internal import Budgets
internal import Configuration
internal import Domain
internal import HTTP
internal import Tenancy
internal import Wire

/// What budgets look like to administration: amounts are in dollars, tokens, joules or grams.
extension BudgetEndpoints {
    static let scopes = ["everyone", "organisation", "team", "key", "tag", "model"]
    static let windows = ["request"] + Budget.Period.allCases.map(\.rawValue)
    /// The largest amount that is counted in 64 bits, whatever the measure.
    static let amount = Shape.number(0...9_000_000_000)

    static let scope: [Shape.Member] = [
        Shape.Member("id", .name, "Its name, unique among budgets.", isRequired: true),
        Shape.Member("scope", .choice(scopes), "Whose requests count.", isRequired: true),
        Shape.Member("of", .nullable(.tag), "Which organisation, team, key or model, or which tag as name=value."),
        Shape.Member("window", .choice(windows), "Over what time, by the calendar of UTC.", isRequired: true),
        Shape.Member("rolling", .flag, "Whether the window is the time up to now instead."),
    ]
    private static let measure = Shape.Member(
        "measure",
        .choice(Budget.Measure.allCases.map(\.rawValue)),
        "What is counted: dollars, tokens, joules or grams.",
        isRequired: true
    )
    private static let paced = Shape.Member(
        "paced",
        .flag,
        "Whether requests are steered so that the budget lasts its window."
    )

    static let order = Shape.record(
        "BudgetOrder",
        scope + [measure, Shape.Member("cap", amount, "How much is allowed.", isRequired: true), paced]
    )
    static let change = Shape.record(
        "BudgetChange",
        [Shape.Member("cap", amount, "How much is allowed."), paced]
    )
    static let topUp = Shape.record(
        "TopUp",
        [
            Shape.Member("amount", amount, "Added to the cap for the current window.", isRequired: true),
            Shape.Member("note", .text(scalarsMax: 1024), "Why."),
        ]
    )

    private static let any = Shape.number(-1e19...1e19)
    private static let members: [Shape.Member] =
        scope + [
            measure, paced,
            Shape.Member("cap", any, "How much is allowed, as it was set.", isRequired: true),
            Shape.Member("topped_up", any, "What was added for the current window.", isRequired: true),
            Shape.Member("spent", any, "Spent in the current window.", isRequired: true),
            Shape.Member("held", any, "Held for requests under way.", isRequired: true),
            Shape.Member("left", any, "Cap less both; negative where a cap was lowered.", isRequired: true),
            Shape.Member(
                "window_begins_unix_ms",
                .nullable(.unixMilliseconds),
                "When the window began.",
                isRequired: true
            ),
            Shape.Member(
                "window_ends_unix_ms",
                .nullable(.unixMilliseconds),
                "When it ends, or its oldest part leaves.",
                isRequired: true
            ),
            Shape.Member("price", any, "The shadow price that paces requests.", isRequired: true),
            Shape.Member("refusals", .integer(0 ... .max), "Holds that did not fit since the start.", isRequired: true),
            Shape.Member("overspend", any, "What settlements took beyond the cap.", isRequired: true),
            .origin,
        ]

    static let budget = Shape.record("Budget", members)
    static let budgetWithHolds = Shape.record(
        "BudgetWithHolds",
        members + [
            Shape.Member(
                "holds",
                .list(HoldEndpoints.hold, countMax: .max),
                "The oldest open holds on it; those of a budget for a tag are not told apart.",
                isRequired: true
            )
        ]
    )
}

extension Datum {
    /// The scope and the window that a budget is ordered for.
    func scopeAndWindow(_ policy: Policy) throws(APIError) -> (Budget.Scope, Budget.Window) {
        let isRolling = self["rolling"]?.flag ?? false
        let window: Budget.Window
        if let period = self["window"]?.text.flatMap(Budget.Period.init(rawValue:)) {
            window = isRolling ? .rolling(period) : .calendar(period)
        } else if isRolling {
            throw .invalidRequest("A window of one request does not roll.", param: "rolling")
        } else {
            window = .request
        }
        return (try scope(policy), window)
    }

    /// The scope that `scope` and `of` say, if there is that.
    func scope(_ policy: Policy) throws(APIError) -> Budget.Scope {
        let scope = try scope
        try policy.check(scope)
        return scope
    }

    /// The scope that `scope`, everyone if absent, and `of` say, whether there is that or not.
    var scope: Budget.Scope {
        get throws(APIError) {
            let (kind, name) = (self["scope"]?.text ?? "everyone", self["of"]?.text)
            if kind == "everyone", let name {
                throw .invalidRequest("`\(name)` says whose, and `scope` is everyone.", param: "of")
            }
            guard let scope = Budget.Scope(kind: kind, name: name) else {
                throw .invalidRequest("`of` must say which \(kind).", param: "of")
            }
            return scope
        }
    }
}

extension Policy {
    /// Refuses a scope that no request can fall under, as what it is of is not there.
    fileprivate func check(_ scope: Budget.Scope) throws(APIError) {
        let known: [String]
        switch scope {
        case .everyone, .tag: return
        case .organisation:
            known = (keys.organisations.map(\.id) + keys.keys.map(\.organisation)).map(\.rawValue)
        case .team: known = keys.teams.map(\.id.rawValue)
        case .key: known = keys.keys.map(\.id.rawValue)
        case .model: known = catalogue.models.map(\.id.rawValue)
        }
        let (kind, name) = scope.words
        guard let name, !known.contains(name) else { return }
        throw .unknownName(name, noun: kind, param: "of", known: known)
    }
}

extension JSONWriter {
    /// Writes whose requests count and over what time, as a budget is ordered.
    mutating func members(_ id: String, _ scope: Budget.Scope, _ window: Budget.Window) {
        member("id", id)
        members(of: scope)
        let (word, isRolling) =
            switch window {
            case .request: ("request", false)
            case .calendar(let period): (period.rawValue, false)
            case .rolling(let period): (period.rawValue, true)
            }
        member("window", word)
        member("rolling", isRolling)
    }

    /// Writes whose requests count.
    mutating func members(of scope: Budget.Scope) {
        let (kind, name) = scope.words
        member("scope", kind)
        member("of", name)
    }
}

extension BudgetStatus {
    /// Writes the members of an object that tell of it; `declared` is the budget as it was set, without top-ups.
    func writeMembers(to object: inout JSONWriter, set: Budget, origin: KeyRecord.Origin) {
        let units = budget.measure.unitsPerWhole
        func whole(_ amount: Int64) -> Double { Double(amount) / units }
        object.members(budget.id, budget.scope, budget.window)
        object.member("measure", budget.measure.rawValue)
        object.member("paced", budget.isPaced)
        object.member("cap", whole(set.cap))
        object.member("topped_up", whole(budget.cap.subtractingReportingOverflow(set.cap).partialValue))
        object.member("spent", whole(spent))
        object.member("held", whole(held))
        object.member("left", whole(left))
        object.member("window_begins_unix_ms", window?.lowerBound)
        object.member("window_ends_unix_ms", window?.upperBound)
        object.member("price", price)
        object.member("refusals", refusals)
        object.member("overspend", whole(overspend))
        object.member("origin", origin.rawValue)
    }
}
