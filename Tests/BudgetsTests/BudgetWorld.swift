import Budgets
import Domain

/// A made-up gateway's life: requests that come, go on, end, fail and are forgotten, and processes that are killed.
///
/// Beside the book it keeps the plain truth, a list of all that was ever charged, and compares after each step.
struct BudgetWorld {
    static let holdMilliseconds: Int64 = 600_000

    struct Row {
        let startedAt: Int64
        /// The budgets that it counts for, a bit for the place of each.
        let covered: UInt64
        let charge: Charge
    }

    struct Open {
        var hold: Hold
        let claim: Claim
        let covered: UInt64
        let since: Int64
        /// Nobody will ever settle it.
        var isLost = false
        /// It has expired and was charged.
        var isExpired = false
    }

    /// What the process was told and did so far.
    struct Figures {
        var admitted = 0
        var shrunk = 0
        var refused = 0
        /// Refusals of requests whose minimum fitted into windows that are exact to the millisecond.
        var refusedEarly = 0
        var extended = 0
        var extensionsRefused = 0
        var crashes = 0
        var mostOpen = 0
    }

    let budgets: [Budget]
    var book: BudgetBook
    var now: Int64
    var rows: [Row] = []
    var open: [Open] = []
    private var settled: [Hold] = []
    var figures = Figures()
    var generator: SeededGenerator
    private var nextRequest: UInt64 = 0
    /// When the process started: what it serves started after.
    private var bootedAt: Int64
    /// How many requests are to be under way at once; 0 takes what comes.
    private let crowd: Int

    init(seed: UInt64, crowd: Int = 0) {
        self.crowd = crowd
        generator = SeededGenerator(seed: seed)
        // Some time in 2027, often just before a month's end.
        let boundary = CivilDays.start(ofMonth: 12 * 57 + Int(seed % 12))
        now = boundary - Int64.random(in: 0..<600_000, using: &generator)
        bootedAt = now
        budgets = Self.randomBudgets(capMin: crowd > 0 ? 220 * crowd : 300, &generator)
        book = BudgetBook(budgets, [], settings: BudgetSettings(holdMillisecondsMax: Self.holdMilliseconds), now: now)
    }

    private static func randomBudgets(capMin: Int, _ generator: inout SeededGenerator) -> [Budget] {
        let scopes: [Budget.Scope] = [
            .everyone, .organisation(TenantID(rawValue: "o")), .team(TeamID(rawValue: "t")),
            .key(KeyID(rawValue: "k0")), .key(KeyID(rawValue: "k1")), .tag("x"), .model(ModelID("m0")),
        ]
        return (0..<Int.random(in: 3...9, using: &generator)).map { number in
            let period = Budget.Period.allCases.randomElement(using: &generator) ?? .day
            let window = [Budget.Window.request, .calendar(period), .rolling(period), .calendar(period)]
                .randomElement(using: &generator)
            return Budget(
                id: "b\(number)",
                scope: scopes.randomElement(using: &generator) ?? .everyone,
                measure: Budget.Measure.allCases.randomElement(using: &generator) ?? .cost,
                cap: window == .request
                    ? Int64.random(in: 300...1500, using: &generator)
                    : Int64.random(in: Int64(capMin)...Int64(max(30_000, 2 * capMin)), using: &generator),
                window: window ?? .request
            )
        }
    }

    // MARK: Steps

    /// Does one thing at random.
    mutating func step() {
        let gathers = open.count < crowd && Int.random(in: 0..<10, using: &generator) > 0
        switch gathers ? 0 : Int.random(in: 0..<100, using: &generator) {
        case 0..<45: arrive()
        case 45..<55: extend()
        case 55..<80: settle(share: Double.random(in: 0...1, using: &generator))
        case 80..<84: settle(share: 0)
        case 84..<87: retry()
        case 87..<88: lose()
        case 88..<89: if Int.random(in: 0..<5, using: &generator) == 0 { crash() }
        default: wait()
        }
        expire()
        figures.mostOpen = max(figures.mostOpen, open.count)
    }

    private mutating func charge(upTo most: Int64) -> Charge {
        Charge(
            cost: Money(nanodollars: Int64.random(in: 0...most, using: &generator)),
            tokens: Int64.random(in: 0...most, using: &generator),
            energy: Energy(microjoules: Int64.random(in: 0...most, using: &generator)),
            carbon: Carbon(micrograms: Int64.random(in: 0...most, using: &generator))
        )
    }

    private mutating func arrive() {
        let keys = ["k0", "k1", "k2"]
        let payer =
            Int.random(in: 0..<8, using: &generator) == 0
            ? Payer.anonymous
            : Payer(
                organisation: TenantID(rawValue: "o"),
                team: Bool.random(using: &generator) ? TeamID(rawValue: "t") : nil,
                key: keys.randomElement(using: &generator).map { KeyID(rawValue: $0) }
            )
        // Most start at once, some have waited for a slot.
        let waited = Int.random(in: 0..<4, using: &generator) == 0 ? Int64.random(in: 0..<90_000, using: &generator) : 0
        let tags = Int.random(in: 0..<3, using: &generator) == 0 ? ["x"] : []
        attempt(payer, tags, startedAt: max(now - waited, bootedAt), before: .zero)
    }

    private mutating func attempt(_ payer: Payer, _ tags: [String], startedAt: Int64, before: Charge) {
        let need = charge(upTo: 1000)
        nextRequest += 1
        let claim = Claim(
            accounts: book.accounts(for: payer, tags: tags),
            model: ModelID(Bool.random(using: &generator) ? "m0" : "m1"),
            request: RequestID(high: 0, low: nextRequest),
            startedAt: startedAt,
            before: before,
            need: need,
            minimum: scaled(need, by: Double.random(in: 0...1, using: &generator))
        )
        let isGranted: Bool
        do {
            let hold = try book.hold(claim, now: now)
            isGranted = true
            figures.admitted += 1
            if hold.granted != claim.need { figures.shrunk += 1 }
            record(hold.granted.isBetween(claim.minimum, claim.need), "granted between minimum and need")
            open.append(Open(hold: hold, claim: claim, covered: covered(by: claim), since: now))
        } catch {
            isGranted = false
            figures.refused += 1
            if fits(claim.minimum, claim, before: before, isExact: true, without: nil) { figures.refusedEarly += 1 }
        }
        let expected = fits(
            claim.minimum,
            claim,
            before: before,
            isExact: false,
            without: isGranted ? open.count - 1 : nil
        )
        record(isGranted == expected, "granted if and only if the minimum fits")
    }

    private mutating func extend() {
        guard let place = open.indices.randomElement(using: &generator), !open[place].isExpired else { return }
        let need = charge(upTo: 300)
        let before = open[place].claim.before + open[place].hold.granted
        let expected = fits(need, open[place].claim, before: before, isExact: false, without: nil)
        do {
            let granted = open[place].hold.granted
            try book.extend(&open[place].hold, by: need, minimum: need, now: now)
            figures.extended += 1
            record(open[place].hold.granted == granted + need && expected, "extended by what fits")
        } catch {
            figures.extensionsRefused += 1
            record(!expected, "not extended only if it does not fit")
        }
    }

    /// Ends a request that took a share of what it was granted, now and then twice.
    private mutating func settle(share: Double) {
        guard let place = open.indices.randomElement(using: &generator), !open[place].isLost else { return }
        let ended = open.remove(at: place)
        let actual = scaled(ended.hold.granted, by: share)
        record(book.settle(ended.hold, actual: actual, now: now), "settled once")
        addRow(ended.claim, actual)
        settled.append(ended.hold)
        // At once, or long after, when its place may have gone to another.
        if let old = Bool.random(using: &generator) ? ended.hold : settled.randomElement(using: &generator) {
            record(!book.settle(old, actual: actual, now: now), "not settled twice")
        }
    }

    /// Fails at one model and goes on to another, as the same request.
    private mutating func retry() {
        guard let place = open.indices.randomElement(using: &generator), !open[place].isLost,
            now - open[place].claim.startedAt < Self.holdMilliseconds
        else { return }
        let failed = open.remove(at: place)
        let actual = scaled(failed.hold.granted, by: 0.3)
        book.settle(failed.hold, actual: actual, now: now)
        addRow(failed.claim, actual)
        let accounts = failed.claim.accounts
        attempt(accounts.payer, accounts.tags, startedAt: failed.claim.startedAt, before: failed.claim.before + actual)
    }

    private mutating func lose() {
        guard let place = open.indices.randomElement(using: &generator) else { return }
        open[place].isLost = true
    }

    /// Kills the process: what was under way is gone, and the next one asks the ledger.
    private mutating func crash() {
        figures.crashes += 1
        open = []
        settled = []
        bootedAt = now
        book = BudgetBook(budgets, [], settings: BudgetSettings(holdMillisecondsMax: Self.holdMilliseconds), now: now)
        book.restore(book.restorationQueries.flatMap { answer($0) }, now: now)
    }

    /// Often a few milliseconds, at times to the very edge of a window, seldom for hours.
    private mutating func wait() {
        switch Int.random(in: 0..<40, using: &generator) {
        case 0: now += Int64.random(in: 0..<50_000_000, using: &generator)
        case 1...3: now += minute - now % minute - 1
        case 4...6: now += minute - now % minute
        case 7: now += hour - now % hour
        case 8: now += 250 - now % 250
        default: now += Int64.random(in: 0..<(crowd > 0 ? 100 : 3000), using: &generator)
        }
    }

    private mutating func expire() {
        // The book does so before each of its answers.
        for place in open.indices where now - open[place].since >= Self.holdMilliseconds {
            open[place].isExpired = true
        }
    }

    // MARK: The ledger

    private mutating func addRow(_ claim: Claim, _ charge: Charge) {
        rows.append(
            Row(
                startedAt: claim.startedAt,
                covered: covered(by: claim),
                charge: charge
            )
        )
    }

    private func covered(by claim: Claim) -> UInt64 {
        let accounts = claim.accounts
        return budgets.indices.reduce(0) { covered, place in
            let covers = budgets[place].scope.covers(accounts.payer, accounts.tags, claim.model)
            return covers ? covered | 1 << place : covered
        }
    }

    private func answer(_ query: RestorationQuery) -> [RestoredSum] {
        guard case .amount(let measure) = query.quantity,
            let budget = budgets.firstIndex(where: { $0.id == query.budgetID })
        else { return [] }
        var sums: [Int64: Int64] = [:]
        for row in rows where query.started.contains(row.startedAt) && row.covered >> budget & 1 == 1 {
            let cell = query.cellMilliseconds.map { row.startedAt / $0 * $0 } ?? query.started.lowerBound
            sums[cell, default: 0] += row.charge[measure]
        }
        return sums.map { RestoredSum(budgetID: query.budgetID, startedAt: $0.key, amount: $0.value) }
    }

    // MARK: The truth

    /// Whether `amount` fits into every budget of the claim beside all that was charged and is held.
    private func fits(_ amount: Charge, _ claim: Claim, before: Charge, isExact: Bool, without skipped: Int?) -> Bool {
        let covered = covered(by: claim)
        return budgets.indices.allSatisfy { place in
            guard covered >> place & 1 == 1 else { return true }
            let budget = budgets[place]
            let asked = amount[budget.measure]
            guard budget.window != .request else { return asked == 0 || before[budget.measure] + asked <= budget.cap }
            // What started before a rolling window did weighs on nothing, and still has to be no more than the cap.
            guard budget.window.holds(claim.startedAt, beside: claim.startedAt, now: now, isExact: isExact) else {
                return asked <= budget.cap
            }
            let taken = taken(of: place, beside: claim.startedAt, isExact: isExact, without: skipped)
            return asked == 0 || taken.spent + taken.held + asked <= budget.cap
        }
    }

    /// What is spent and held in the window of a request that started at `instant`.
    private func taken(
        of place: Int,
        beside instant: Int64,
        isExact: Bool,
        without skipped: Int?
    ) -> (spent: Int64, held: Int64) {
        let budget = budgets[place]
        func counts(_ covered: UInt64, _ startedAt: Int64) -> Bool {
            covered >> place & 1 == 1
                && budget.window.holds(startedAt, beside: instant, now: now, isExact: isExact)
        }
        var (spent, held) = (Int64(0), Int64(0))
        for row in rows where counts(row.covered, row.startedAt) { spent += row.charge[budget.measure] }
        // By their places: a copy of each, thousands of times, is what tests in debug mode would mostly do.
        for index in open.indices where index != skipped && counts(open[index].covered, open[index].claim.startedAt) {
            let granted = open[index].hold.granted[budget.measure]
            if open[index].isExpired { spent += granted } else { held += granted }
        }
        return (spent, held)
    }

    private(set) var problems: [String] = []

    private mutating func record(_ isTrue: Bool, _ promise: @autoclosure () -> String) {
        if !isTrue { problems.append("\(promise()), at \(now) after \(rows.count) rows") }
    }

    /// Looks whether every budget is within its cap, which takes no look at the truth.
    mutating func look() {
        for status in book.snapshot(now: now, holdsMax: 0).budgets where status.budget.window != .request {
            record(status.spent + status.held <= status.budget.cap, "\(status.budget): within its cap")
        }
    }

    /// Compares the book with the truth, budget by budget.
    mutating func compare() {
        let statuses = book.snapshot(now: now, holdsMax: 0).budgets
        for (place, status) in statuses.enumerated() where status.budget.window != .request {
            let budget = status.budget
            let taken = taken(of: place, beside: now, isExact: false, without: nil)
            record(status.spent == taken.spent, "\(budget): \(status.spent) spent and not \(taken.spent)")
            record(status.held == taken.held, "\(budget): \(status.held) held and not \(taken.held)")
            record(status.spent + status.held <= budget.cap, "\(budget): within its cap")
            record(status.overspend == 0, "\(budget): nothing overspent")
            // A rolling window never lets go early.
            guard case .rolling = budget.window else { continue }
            let least = self.taken(of: place, beside: now, isExact: true, without: nil)
            record(status.spent + status.held >= least.spent + least.held, "\(budget): nothing gone early")
        }
    }

    private func scaled(_ charge: Charge, by share: Double) -> Charge {
        func part(_ amount: Int64) -> Int64 { Int64(Double(amount) * share) }
        return Charge(
            cost: Money(nanodollars: part(charge.cost.nanodollars)),
            tokens: part(charge.tokens),
            energy: Energy(microjoules: part(charge.energy.microjoules)),
            carbon: Carbon(micrograms: part(charge.carbon.micrograms))
        )
    }
}

extension Charge {
    fileprivate func isBetween(_ low: Charge, _ high: Charge) -> Bool {
        Budget.Measure.allCases.allSatisfy { (low[$0]...high[$0]).contains(self[$0]) }
    }
}
