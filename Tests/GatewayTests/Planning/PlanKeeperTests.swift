import Accounting
import Configuration
import Domain
import Foundation
import Ledger
import Logging
import Testing

@testable import Gateway

/// When plans are made, and what goes on where none can be.
@Suite struct PlanKeeperTests {
    /// A keeper with a ledger of its own, and a clock that is moved by hand.
    private final class Desk {
        let folder = FileManager.default.temporaryDirectory.appending(path: "plans-\(UUID().uuidString)")
        let control: ControlStore
        let quotas = QuotaControl()
        let keeper: PlanKeeper
        var policy: Policy
        var book = IntensityBook()
        /// A Monday, 10:00:05 UTC.
        var now: Int64 = 1_749_463_205_000

        init(_ settings: String = "planner: { zone: XX, interval_seconds: 3600 }", zones: [String]? = nil) throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "ledger.db").path
            try LedgerWriter(path: path, settings: LedgerSettings()) { _ in }.close()
            control = try ControlStore(path: path)
            keeper = PlanKeeper(control, quotas, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            policy = try Self.policy(settings, zones: zones)
        }

        static func policy(_ settings: String, zones: [String]? = nil) throws -> Policy {
            func energy(_ place: Int) -> String {
                guard let zones else { return "" }
                return ", energy: { joules_per_input_token: 1, joules_per_output_token: 10, zone: \(zones[place]) }"
            }
            return try Policy.test(
                [
                    entry("small", "tier: light, quality: 0.2" + energy(0)),
                    entry("large", "tier: heavy, quality: 0.8" + energy(1)),
                ],
                settings: settings
            )
        }

        deinit {
            control.close()
            try? FileManager.default.removeItem(at: folder)
        }

        var hour: Int { Int(now / 3_600_000) }
        var reason: String? { quotas.quotas?.reason }
        var number: Int64? { quotas.quotas?.plan }

        func look(after seconds: Double = 0, isAsked: Bool = false) {
            now += Int64(seconds * 1000)
            keeper.look(at: policy, book, now: now, isAsked: isAsked)
        }

        /// The grid as it is read now.
        func read(_ grams: Double, of zone: String = "XX") throws {
            let reading = IntensityReading(
                start: Int64(hour) * 3600,
                seconds: 3600,
                gramsPerKilowattHour: grams,
                kind: .measured
            )
            book.record([try #require(reading)], zone: zone)
            policy.follow(book, at: now / 1000)
        }
    }

    @Test func plansAtOnceAndWhenItsTimeHasCome() throws {
        let desk = try Desk()
        desk.look()
        #expect(desk.reason == "start" && desk.number == 1)
        desk.look(after: 60)
        desk.look(after: 3400)
        #expect(desk.number == 1, "there was no reason")
        // 10:57:45; then 11:00:00, when rows of the hour may not be there yet; then 11:00:02.
        desk.look(after: 135)
        #expect(desk.number == 1)
        desk.look(after: 2)
        #expect(desk.reason == "timer" && desk.number == 2 && desk.quotas.quotas?.firstHour == desk.hour)
        desk.look(isAsked: true)
        #expect(desk.reason == "asked" && desk.number == 3)
        #expect(desk.keeper.report.made == [.start: 1, .timer: 1, .asked: 1])
    }

    @Test func plansAnewForOtherSettings() throws {
        let desk = try Desk()
        desk.look()
        desk.policy = try Desk.policy("planner: { target: 0.9 }")
        desk.look(after: 1)
        #expect(desk.reason == "settings" && desk.number == 2)
        desk.policy = try Desk.policy("planner: { mode: off }")
        desk.look(after: 1)
        #expect(desk.quotas.quotas == nil)
    }

    @Test func plansAnewWhenMoreComesThanWasForeseen() throws {
        let desk = try Desk()
        desk.look()
        for _ in 0..<9 { desk.quotas.count("default", hour: desk.hour) }
        desk.look(after: 600)
        #expect(desk.number == 1, "nine requests are chance")
        for _ in 0..<1000 { desk.quotas.count("default", hour: desk.hour) }
        desk.look(after: 60)
        #expect(desk.reason == "demand" && desk.number == 2)
        let expected = try #require(desk.quotas.quotas?.demand(hour: desk.hour, group: 0))
        #expect(expected > 1000)
        // What was unforeseen is foreseen now.
        desk.look(after: 400)
        #expect(desk.number == 2 || desk.keeper.report.made[.demand] == 2)
    }

    @Test func plansAnewWhenTheGridDeparts() throws {
        let desk = try Desk()
        try desk.read(100)
        desk.look()
        #expect(desk.quotas.quotas?.intensity.first == 100)
        try desk.read(110)
        desk.look(after: 400)
        #expect(desk.number == 1)
        try desk.read(300)
        desk.look(after: 60)
        #expect(desk.reason == "grid" && desk.quotas.quotas?.intensity.first == 300)
        // Not more often than twelve times an hour, however the grid goes.
        try desk.read(30)
        desk.look(after: 60)
        #expect(desk.number == 2)
        desk.look(after: 300)
        #expect(desk.number == 3)
    }

    @Test func theLastPlanGoesOnWhereNoneCanBeMade() throws {
        let desk = try Desk()
        desk.look()
        desk.control.close()
        desk.look(after: 7200)
        desk.look(after: 7200)
        #expect(desk.number == 1 && desk.keeper.report.failures == 2 && desk.keeper.report.lastFailure != nil)
        let placed = desk.quotas.place(group: "default", gain: 1, hour: desk.hour + 9000, draw: 0.5, isDryRun: false)
        #expect(placed != nil)
    }

    @Test(arguments: [-259_200.0, 34_560_000.0])
    func aClockThatJumpsIsPlannedFor(seconds: Double) throws {
        let desk = try Desk()
        desk.look()
        desk.look(after: seconds)
        #expect(desk.reason == "timer" && desk.quotas.quotas?.firstHour == desk.hour)
        #expect(desk.keeper.report.failures == 0)
    }

    /// What grids emitted is known to the next process.
    @Test func hoursOfTheGridAreKept() throws {
        let desk = try Desk()
        for hour in 0..<30 {
            try desk.read(hour % 2 == 0 ? 100 : 300)
            desk.look(after: 3600)
        }
        let kept = try desk.control.intensity(of: "XX", since: 0)
        #expect(kept.count == 30 && Set(kept.values) == [100, 300])
        let later = PlanKeeper(desk.control, desk.quotas, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        desk.quotas.replace(nil)
        later.look(at: desk.policy, IntensityBook(), now: desk.now)
        // Of the hours to come, from what the ledger has: neither grid nor book say anything.
        let ahead = try #require(desk.quotas.quotas?.intensity[1...24])
        #expect(Set(ahead.map { Int($0.rounded()) }).count > 1, "\(ahead)")
    }

    /// What another replica plans is in force here as it is there, and this one plans nothing.
    @Test func aFollowerGoesByTheLeadersPlans() throws {
        let desk = try Desk()
        let quotas = QuotaControl()
        let follower = PlanKeeper(
            desk.control,
            quotas,
            role: { .following },
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        follower.look(at: desk.policy, desk.book, now: desk.now)
        #expect(quotas.quotas == nil)
        for number in 1...3 as ClosedRange<Int64> {
            try desk.read(Double(100 * number))
            desk.look(after: 3600)
            follower.look(at: desk.policy, desk.book, now: desk.now)
            let (theirs, ours) = (try #require(desk.quotas.quotas), try #require(quotas.quotas))
            #expect(ours.plan == number && ours.plan == theirs.plan && ours.reason == theirs.reason)
            #expect(ours.shares == theirs.shares && ours.demand == theirs.demand && ours.prices == theirs.prices)
            #expect(ours.tiers == theirs.tiers && ours.groups == theirs.groups && ours.intensity == theirs.intensity)
        }
        #expect(follower.report.made.isEmpty && follower.report.failures == 0)
        #expect(Quotas(document: "{}") == nil && Quotas(document: #"{"number":1,"hours":3}"#) == nil)
    }

    /// The best tier stands where the wind blows by night, the other on a grid that never changes.
    @Test func tiersArePlannedOnTheirOwnGrids() throws {
        let desk = try Desk("planner: { interval_seconds: 3600 }", zones: ["AA", "BB"])
        for _ in 0..<96 {
            try desk.read(300, of: "AA")
            try desk.read(desk.hour % 24 < 12 ? 50 : 600, of: "BB")
            desk.look(after: 3600)
        }
        let quotas = try #require(desk.quotas.quotas)
        let shares = (quotas.firstHour..<quotas.firstHour + 24).map { ($0 % 24, quotas.shares(hour: $0, group: 0)[1]) }
        let (night, day) = (shares.filter { $0.0 < 12 }.map(\.1), shares.filter { $0.0 >= 12 }.map(\.1))
        #expect(night.reduce(0, +) > day.reduce(0, +) + 6, "\(shares)")
        // Another grid than the first departs from what was foreseen.
        try desk.read(2000, of: "BB")
        desk.look(after: 600)
        #expect(desk.reason == "grid")
    }
}
