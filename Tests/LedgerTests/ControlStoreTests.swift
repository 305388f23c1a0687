import Domain
import Foundation
import GRDB
import Ledger
import Tenancy
import Testing

@Suite struct ControlStoreTests {
    private let hasher: KeyHasher

    init() throws {
        hasher = try #require(KeyHasher(pepper: Secret("a pepper of the tests")))
    }

    @Test(arguments: StoreKind.available)
    func whatIsPutInComesOutAgain(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        let organisation = Organisation(id: TenantID(rawValue: "shop"), name: "The Shop", isDisabled: true)
        let team = Team(id: TeamID(rawValue: "web"), organisation: organisation.id, name: "Web")
        try await store.put(organisation, by: "ann", at: 1)
        try await store.put(team, by: "ann", at: 2)
        let key = try issue("k")
        try await store.add(key, by: "ann", at: 3)
        for budget in budgets { try await store.put(budget, by: "ann", at: 4) }
        let latency = LatencyBudget(
            id: "fast",
            scope: .everyone,
            limit: .milliseconds(1500),
            share: 0.95,
            window: .rolling(.hour)
        )
        try await store.put(latency, by: "ann", at: 5)
        let topUp = TopUp(budgetID: "b0", addedUnixMilliseconds: 6, amount: 7, note: "more")
        try await store.add(topUp, by: "ann")

        let again = try fixture.control()
        let contents = try await again.contents()
        #expect(contents.organisations == [organisation] && contents.teams == [team] && contents.keys == [key])
        #expect(contents.budgets == budgets && contents.latencyBudgets == [latency] && contents.topUps == [topUp])
        #expect(contents.hasHadKeys)
    }

    @Test(arguments: StoreKind.available)
    func versionsAreCountedAndTheLatestKept(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        #expect(try await store.keepVersion("{1}", by: "start", as: .start, at: 1) == 1)
        #expect(try await store.keepVersion("{1}", by: "start", as: .start, at: 2) == 1, "it is in force already")
        for number in 2...ConfigurationVersion.countMax + 3 {
            let kept = try await store.keepVersion("{\(number)}", by: "ann", as: .import, at: Int64(number))
            #expect(kept == Int64(number))
        }
        let again = try fixture.control()
        let all = try await again.versions(limit: 1000, before: nil)
        #expect(all.map(\.number) == (4...Int64(ConfigurationVersion.countMax) + 3).reversed())
        #expect(try await again.versions(limit: 2, before: 10).map(\.document) == ["{9}", "{8}"])
        let one = try await again.version(7)
        #expect((one.document, one.actor, one.action, one.takenUnixMilliseconds) == ("{7}", "ann", .import, 7))
        await #expect(throws: ControlError.missing(.configuration, id: "version 3")) { try await again.version(3) }
    }

    @Test(arguments: StoreKind.available)
    func limitsImportsAndPricesAreKept(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        let limits = [
            RateLimit(scope: .everyone, requestsPerMinute: 1, tokensPerMinute: nil, concurrency: nil),
            RateLimit(scope: .tag("a=b"), requestsPerMinute: nil, tokensPerMinute: 2, concurrency: 3),
        ]
        for limit in limits { try await store.put(limit, by: "ann", at: 1) }
        let imports = ["one", "two"].map { ImportedConfiguration(document: $0, files: "f") }
        for document in imports { try await store.put(document, by: "ann", at: 2) }
        for (version, instant) in [("a", 3), ("b", 4), ("a", 5)] as [(String, Int64)] {
            try store.keepPrices("[\(instant)]", version: version, at: instant)
        }

        let again = try fixture.control()
        let contents = try await again.contents()
        #expect(contents.rateLimits == limits && contents.imported == imports[1])
        let lists = try await again.priceLists(limit: 10, before: nil)
        #expect(lists.map(\.version) == ["b", "a"] && lists.map(\.firstUsedUnixMilliseconds) == [4, 3])
        #expect(try await again.priceLists(limit: 1, before: lists[0].number) == [lists[1]])
        #expect(try await again.priceList("a") == lists[1])
        #expect(try await again.priceList("c") == nil)
        try await again.deleteRateLimit(of: .tag("a=b"), by: "bob", at: 6)
        try await again.deleteImport(by: "bob", at: 7)
        #expect(try await again.contents().rateLimits == [limits[0]])
        #expect(try await again.contents().imported == nil)
        await #expect(throws: ControlError.missing(.configuration, id: "import")) {
            try await again.deleteImport(by: "bob", at: 8)
        }
        let audit = try await again.audit(limit: 10, before: nil)
        #expect(
            audit.map(\.kind).reversed() == [
                "rate_limit", "rate_limit", "configuration", "configuration", "rate_limit", "configuration",
            ]
        )
        #expect(audit.allSatisfy { $0.kind != "configuration" || ($0.before == nil && $0.after == nil) })
    }

    @Test(arguments: StoreKind.available)
    func whatWasLearnedIsThereAtTheNextStart(kind: StoreKind) throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        let first = LearnedTokens(model: ModelID("a"), input: 1, output: 2, pace: 3)
        try store.keepLearned([first, LearnedTokens(model: ModelID("b"), input: 4, output: 5, pace: 6)])
        let later = LearnedTokens(model: ModelID("b"), input: .max, output: 0, pace: 7)
        try store.keepLearned([later])
        let learned = try fixture.control().learnedNow()
        #expect(Set(learned) == [first, later])
    }

    @Test(arguments: StoreKind.available)
    func everyChangeIsInTheAuditWithItsBeforeAndAfter(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        let budget = Budget(id: "b", scope: .everyone, measure: .cost, cap: 5, window: .calendar(.day))
        let more = Budget(id: "b", scope: .everyone, measure: .cost, cap: 6, window: .calendar(.day))
        try await store.put(budget, by: "ann", at: 1)
        try await store.put(more, by: "bob", at: 2)
        try await store.deleteBudget("b", by: "eve", at: 3)
        try await store.note("switch_off", of: .model, named: "small", before: nil, after: "{}", by: "ann", at: 4)
        let audit = try await store.audit(limit: 10, before: nil)
        #expect(audit.map(\.action) == ["switch_off", "delete", "change", "create"])
        #expect(audit.map(\.actor) == ["ann", "eve", "bob", "ann"])
        #expect(audit.map(\.atUnixMilliseconds) == [4, 3, 2, 1])
        #expect(audit[3].before == nil && audit[3].after?.contains(#""cap": 5"#) == true)
        #expect(audit[2].before == audit[3].after && audit[2].after?.contains(#""cap": 6"#) == true)
        #expect(audit[1].before == audit[2].after && audit[1].after == nil)
        #expect(try await store.audit(limit: 2, before: audit[1].number).map(\.number) == [2, 1])
        for text in audit.compactMap(\.after) {
            #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
        }
    }

    /// A change that fails leaves neither itself nor an audit row.
    @Test(arguments: StoreKind.available)
    func aRefusedChangeLeavesNothing(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        let key = try issue("k")
        try await store.add(key, by: "ann", at: 1)
        await #expect(throws: ControlError.exists(.key, id: "k")) { try await store.add(key, by: "ann", at: 2) }
        await #expect(throws: ControlError.missing(.budget, id: "b")) {
            try await store.deleteBudget("b", by: "ann", at: 2)
        }
        let other = try issue("other")
        await #expect(throws: ControlError.missing(.key, id: "other")) {
            try await store.replace(other, by: "ann", at: 3)
        }
        #expect(try await store.audit(limit: 10, before: nil).count == 1)
        #expect(try await store.contents().keys == [key])
    }

    @Test func auditRowsCanNeitherBeChangedNorDeleted() async throws {
        let fixture = try LedgerFixture(.sqlite)
        let store = try fixture.control()
        try await store.add(issue("k"), by: "ann", at: 1)
        let database = try DatabaseQueue(path: fixture.path)
        for sql in ["UPDATE audit SET actor = 'eve'", "DELETE FROM audit"] {
            await #expect(throws: DatabaseError.self) { try await database.write { try $0.execute(sql: sql) } }
        }
        #expect(try await store.audit(limit: 10, before: nil).map(\.actor) == ["ann"])
    }

    @Test(arguments: StoreKind.available)
    func aKeyThatWasDeletedIsForgottenButForItsName(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        let key = try issue("k")
        try await store.add(key, by: "ann", at: 1)
        try await store.deleteKey(key.id, by: "ann", at: 2)
        let contents = try await store.contents()
        #expect(contents.keys.isEmpty && contents.hasHadKeys)
        let next = try issue("k")
        await #expect(throws: ControlError.exists(.key, id: "k")) { try await store.add(next, by: "ann", at: 3) }
        await #expect(throws: ControlError.missing(.key, id: "k")) {
            try await store.deleteKey(key.id, by: "ann", at: 4)
        }
    }

    @Test(arguments: StoreKind.available)
    func whatIsInUseIsNotDeleted(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        let shop = Organisation(id: TenantID(rawValue: "shop"))
        try await store.put(shop, by: "ann", at: 1)
        try await store.put(Team(id: TeamID(rawValue: "web"), organisation: shop.id), by: "ann", at: 1)
        let key = try issue("k", team: "web")
        try await store.add(key, by: "ann", at: 1)
        await #expect(throws: ControlError.inUse(.organisation, id: "shop", by: .team, "web")) {
            try await store.deleteOrganisation(shop.id, by: "ann", at: 2)
        }
        await #expect(throws: ControlError.inUse(.team, id: "web", by: .key, "k")) {
            try await store.deleteTeam(TeamID(rawValue: "web"), by: "ann", at: 2)
        }
        try await store.deleteKey(key.id, by: "ann", at: 3)
        try await store.deleteTeam(TeamID(rawValue: "web"), by: "ann", at: 4)
        try await store.deleteOrganisation(shop.id, by: "ann", at: 5)
        #expect(try await store.contents().organisations.isEmpty)
    }

    /// What a client names goes into the database as a value, whatever it looks like.
    @Test(arguments: StoreKind.available)
    func namesAreValuesAndNeverSQL(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        let evil = "'; DROP TABLE api_key; --\"é"
        try await store.put(Organisation(id: TenantID(rawValue: evil), name: evil), by: evil, at: 1)
        try await store.put(
            Budget(id: evil, scope: .tag(evil), measure: .cost, cap: 1, window: .request),
            by: evil,
            at: 1
        )
        let contents = try await store.contents()
        #expect(contents.organisations.map(\.id.rawValue) == [evil] && contents.budgets.map(\.scope) == [.tag(evil)])
        #expect(try await store.audit(limit: 9, before: nil).allSatisfy { $0.actor == evil && $0.subject == evil })
    }

    /// Neither the text of a key nor its hash is in an audit row.
    @Test func theAuditHoldsNoSecret() async throws {
        let fixture = try LedgerFixture(.sqlite)
        let store = try fixture.control()
        let order = KeyOrder(id: KeyID(rawValue: "k"), organisation: TenantID(rawValue: "shop"))
        let (key, text) = try #require(hasher.issue(order, at: 1))
        try await store.add(key, by: "ann", at: 1)
        try await store.deleteKey(key.id, by: "ann", at: 2)
        let hash = key.hash.bytes.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        for entry in try await store.audit(limit: 9, before: nil) {
            let shown = "\(entry)"
            #expect(!shown.contains(text.reveal()) && !shown.contains(hash) && !shown.contains("hash"))
            #expect(shown.contains(key.hint))
        }
        let file = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        #expect(file.range(of: Data(text.reveal().utf8)) == nil)
    }

    @Test(arguments: StoreKind.available)
    func feedbackNeedsARequestOfOnesOwn(kind: StoreKind) async throws {
        let fixture = try LedgerFixture(kind)
        let store = try fixture.control()
        var generator = SeededGenerator(seed: 1)
        let writer = try fixture.writer()
        var row = RequestRow(
            id: RequestID(unixMilliseconds: noon, using: &generator),
            tenant: TenantID(rawValue: "shop"),
            endpoint: "chat"
        )
        row.keyID = "k"
        await writer.recordDurably(LedgerEntry(request: row, attempts: []))
        writer.close()
        let feedback = Feedback(
            requestID: row.id,
            atUnixMilliseconds: 5,
            keyID: KeyID(rawValue: "k"),
            score: 0.75,
            isCorrect: nil,
            comment: "good"
        )
        let owner = Payer(organisation: row.tenant, key: KeyID(rawValue: "k"))
        try await store.add(feedback, from: owner)
        for other in [
            Payer(organisation: TenantID(rawValue: "lab"), key: owner.key), Payer(organisation: row.tenant),
            Payer(organisation: row.tenant, key: KeyID(rawValue: "l")),
        ] {
            await #expect(throws: ControlError.missing(.request, id: "\(row.id)")) {
                try await store.add(feedback, from: other)
            }
        }
        #expect(try await store.feedback(on: row.id) == feedback)
    }

    private func issue(_ id: String, team: String? = nil) throws -> KeyRecord {
        var order = KeyOrder(
            id: KeyID(rawValue: id),
            organisation: TenantID(rawValue: "shop"),
            team: team.map(TeamID.init(rawValue:))
        )
        order.policy.models = [ModelID("b"), ModelID("a")]
        order.policy.strategies = ["balanced"]
        order.policy.defaultStrategy = "balanced"
        order.policy.limits = KeyLimits(requestsPerMinute: 60, tokensPerMinute: 10_000, concurrencyMax: 4)
        order.policy.tags = ["team": "blue"]
        order.policy.priority = -3
        order.policy.weight = 2.5
        order.expiresUnixMilliseconds = 1 << 41
        order.note = "for \"tests\""
        return try #require(hasher.issue(order, at: 9)).record
    }

    private var budgets: [Budget] {
        let scopes: [Budget.Scope] = [
            .everyone, .organisation(TenantID(rawValue: "shop")), .team(TeamID(rawValue: "web")),
            .key(KeyID(rawValue: "k")), .tag("a=b"), .model(ModelID("m")),
        ]
        let windows: [Budget.Window] = [.request, .calendar(.minute), .rolling(.month)]
        return scopes.enumerated().map { index, scope in
            Budget(
                id: "b\(index)",
                scope: scope,
                measure: Budget.Measure.allCases[index % 4],
                cap: Int64(index) * 1_000_000_007,
                window: windows[index % 3],
                isPaced: index % 2 == 0
            )
        }
    }
}
