internal import Domain

/// The life of a hold: granted by all accounts or by none, extended, and in the end settled or expired.
extension BudgetState {
    /// Holds `claim.need` or what fits down to its minimum, in every account or in none.
    mutating func hold(_ claim: Claim, now: Int64) throws(Shortfall) -> Hold {
        expire(now: now)
        checkTerm()
        let set = index.current(claim.accounts)
        let need = claim.need.clamped()
        let places = index.accounts(of: set, model: claim.model)
        let granted: Charge
        do {
            granted = try grant(
                need,
                minimum: claim.minimum.clamped(to: need),
                from: places,
                startedAt: claim.startedAt,
                before: claim.before,
                isPatient: claim.isPatient,
                now: now
            )
        } catch {
            // One that waits for other replicas is not refused yet.
            if !(claim.isPatient && error.shortfall.isElsewhere) { accounts[error.place].countRefusal() }
            throw error.shortfall
        }
        for place in places {
            accounts[place].hold(granted[accounts[place].budget.measure], startedAt: claim.startedAt)
        }
        return holds.insert(
            OpenHolds.Record(
                set: set,
                accounts: places,
                model: claim.model,
                request: claim.request,
                startedAt: claim.startedAt,
                since: now,
                before: claim.before,
                amounts: granted
            )
        )
    }

    /// Holds more for a request under way; an expired or settled hold gets nothing more and needs nothing more.
    mutating func extend(_ hold: inout Hold, by need: Charge, minimum: Charge, now: Int64) throws(Shortfall) {
        guard let record = holds.record(of: hold) else { return }
        checkTerm()
        let need = need.clamped()
        let granted: Charge
        do {
            granted = try grant(
                need,
                minimum: minimum.clamped(to: need),
                from: record.accounts,
                startedAt: record.startedAt,
                before: record.before + record.amounts,
                isPatient: false,
                now: now
            )
        } catch {
            throw error.shortfall
        }
        for place in record.accounts {
            accounts[place].hold(granted[accounts[place].budget.measure], startedAt: record.startedAt)
        }
        hold.granted = record.amounts + granted
        holds.set(hold.granted, for: hold)
    }

    /// Spends `actual` and gives the rest of the hold back; false if it was settled before.
    mutating func settle(_ hold: Hold, actual: Charge, now: Int64) -> Bool {
        guard let record = holds.remove(hold) else { return false }
        let actual = actual.clamped()
        for place in record.accounts {
            let measure = accounts[place].budget.measure
            let (amount, taken) = (record.amounts[measure], actual[measure])
            accounts[place].advance(to: now)
            accounts[place].settle(
                held: record.isExpired ? 0 : amount,
                spent: record.isExpired ? taken - amount : taken,
                startedAt: record.startedAt,
                before: record.before
            )
            accounts[place].pace(spent: taken, now: now, settings: settings.pacing)
        }
        return true
    }

    /// Lets go of the holds that are too old.
    mutating func expire(now: Int64) {
        while let since = holds.oldestSince, now - since >= settings.holdMillisecondsMax, let record = holds.oldest {
            let charged = settings.expiry == .charge ? record.amounts : .zero
            for place in record.accounts {
                let measure = accounts[place].budget.measure
                accounts[place].advance(to: now)
                accounts[place].settle(
                    held: record.amounts[measure],
                    spent: charged[measure],
                    startedAt: record.startedAt,
                    before: record.before
                )
            }
            holds.expireOldest(charging: charged)
        }
    }

    private struct Refused: Error {
        let place: Int
        let shortfall: Shortfall
    }

    /// The most between `minimum` and `need` that every account has room for; changes nothing but the time.
    private mutating func grant(
        _ need: Charge,
        minimum: Charge,
        from places: [Int],
        startedAt: Int64,
        before: Charge,
        isPatient: Bool,
        now: Int64
    ) throws(Refused) -> Charge {
        var grant = Grant.whole
        for place in places {
            accounts[place].advance(to: max(now, startedAt))
            let measure = accounts[place].budget.measure
            let room = accounts[place].room(startedAt: startedAt, before: before)
            let share = Grant(need: need[measure], minimum: minimum[measure], room: room)
            var mayGrow = false
            if share != .whole {
                mayGrow = accounts[place]
                    .asks(for: need[measure], or: minimum[measure], room: room, startedAt: startedAt)
            }
            // Rather wait for the rest than be cut short while there is more than this replica's part.
            guard let share, !(isPatient && mayGrow) else {
                let shortfall = accounts[place].shortfall(asking: minimum[measure], room: room)
                throw Refused(place: place, shortfall: shortfall)
            }
            grant = min(grant, share)
        }
        return grant.charge(need: need, minimum: minimum)
    }
}
