internal import Domain
internal import HTTP
internal import Ledger
internal import Synchronization

/// Plans that another replica has made.
extension PlanKeeper {
    /// Puts the last plan of the ledger in force, if it is another replica's and later than the one that is.
    func follow(now: Int64) throws(ControlError) {
        guard let row = try control.lastPlan(), row.number > quotas.quotas?.plan ?? 0 else { return }
        guard let published = Quotas(document: row.document) else {
            return fail("plan \(row.number), which another replica made, does not read: does it run another version?")
        }
        let hour = Int(now / 3_600_000)
        quotas.replace(published.resuming(hour, after: quotas.placed(in: hour)))
        state.withLock { $0.keptHour = hour }
    }
}

extension Quotas {
    /// What a plan wants, from the ledger's document of it; `nil` if that is none.
    init?(document text: String) {
        guard let document = try? JSONDocument(parsing: ArraySlice(text.utf8), depthMax: 16),
            let number = document.integer("number"), let madeAt = document.integer("made_unix_ms"),
            let firstHour = document.integer("first_hour_unix_s").map({ $0 / 3600 }),
            let hours = document.integer("hours"), (1...100_000).contains(hours),
            let reason = document["reason"].flatMap({ try? document.string(of: $0) }),
            let grid = document["grids"].flatMap({ document.elements(of: $0).first { _ in true } }),
            let intensity = document.object(grid)?.numbers("g_per_kwh"), intensity.count == hours,
            let plan = document["plan"].flatMap(document.object)
        else { return nil }
        var groups: [String] = []
        var parts: [(requests: [Double], prices: [Double], shares: [(tier: Tier, values: [Double])])] = []
        for member in plan.members {
            guard let name = try? plan.string(of: member.key), let group = plan.object(member.value),
                let requests = group.numbers("requests"), let prices = group.numbers("quality_price"),
                let shares = group["shares"].flatMap(group.object)?.sharesByTier,
                ([requests, prices] + shares.map(\.values)).allSatisfy({ $0.count == hours })
            else { return nil }
            groups.append(name)
            parts.append((requests, prices, shares))
        }
        guard let tiers = parts.first?.shares.map(\.tier), parts.allSatisfy({ $0.shares.map(\.tier) == tiers }) else {
            return nil
        }
        self.init(
            plan: Int64(number),
            madeAt: Int64(madeAt),
            reason: reason,
            firstHour: firstHour,
            tiers: tiers,
            groups: groups,
            shares: (0..<hours).flatMap { hour in parts.flatMap { $0.shares.map { $0.values[hour] } } },
            demand: (0..<hours).flatMap { hour in parts.map { $0.requests[hour] } },
            prices: (0..<hours).flatMap { hour in parts.map { $0.prices[hour] } },
            intensity: intensity
        )
    }
}

extension JSONDocument {
    fileprivate func integer(_ key: StaticString) -> Int? { self[key].flatMap(int) }

    fileprivate func object(_ value: JSONValue) -> JSONDocument? {
        value.kind == .object ? try? JSONDocument(parsing: rawBytes(of: value), depthMax: 16) : nil
    }

    fileprivate func numbers(_ key: StaticString) -> [Double]? { self[key].flatMap(numbers) }

    private func numbers(_ value: JSONValue) -> [Double]? {
        guard value.kind == .array else { return nil }
        var numbers: [Double] = []
        for element in elements(of: value) {
            guard let number = double(of: element) else { return nil }
            numbers.append(number)
        }
        return numbers
    }

    /// A list of numbers for each tier; `nil` if something else is among them.
    fileprivate var sharesByTier: [(tier: Tier, values: [Double])]? {
        var shares: [(tier: Tier, values: [Double])] = []
        for member in members {
            guard let name = try? string(of: member.key), let values = numbers(member.value) else { return nil }
            shares.append((Tier(rawValue: name), values))
        }
        return shares
    }
}
