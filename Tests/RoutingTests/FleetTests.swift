import Domain
import Foundation
import Synchronization
import Testing

@testable import Routing

@Suite struct FleetTests {
    private let fleet = Fleet(catalogue: DefaultFleet.catalogue)

    @Test func slotsAreBounded() {
        for _ in 0..<50 { #expect(fleet.acquire(0)) }
        #expect(!fleet.acquire(0))
        fleet.release(0)
        #expect(fleet.acquire(0))
        #expect(fleet.snapshot(now: 0).models[0].isFull)
        #expect(fleet.snapshot(now: 0).models[0].utilisation == 1)
    }

    /// Eight threads take slots and give them back, and never hold more than there are.
    @Test(arguments: [1, 3])
    func slotsAreNeverOverdrawn(slots: Int) {
        let catalogue = Catalogue(
            models: [DefaultFleet.model("one", 0, 1, 1, slots, [.general])],
            priceVersion: "test"
        )
        let fleet = Fleet(catalogue: catalogue)
        let held = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let taken = Atomic<Int>(0)
        let ready = Atomic<Int>(0)
        let done = DispatchSemaphore(value: 0)
        for _ in 0..<8 {
            let thread = Thread {
                // Threads that start one after the other would never meet.
                ready.add(1, ordering: .releasing)
                while ready.load(ordering: .acquiring) < 8 { sched_yield() }
                for round in 0..<100_000 where fleet.acquire(0) {
                    let now = held.add(1, ordering: .sequentiallyConsistent).newValue
                    most.max(now, ordering: .sequentiallyConsistent)
                    taken.add(1, ordering: .relaxed)
                    if round % 64 == 0 { sched_yield() }
                    held.subtract(1, ordering: .sequentiallyConsistent)
                    fleet.release(0)
                }
                done.signal()
            }
            thread.start()
        }
        for _ in 0..<8 { done.wait() }
        #expect(most.load(ordering: .relaxed) <= slots)
        #expect(taken.load(ordering: .relaxed) > 0)
        #expect(fleet.snapshot(now: 0).models[0].active == 0)
    }

    @Test func aSlotIsNotGivenBackTwice() async {
        await #expect(processExitsWith: .failure) {
            Fleet(catalogue: DefaultFleet.catalogue).release(0)
        }
    }

    @Test func aRestIsNeverShortenedButCanBeEnded() {
        fleet.coolDown(1, until: 100)
        fleet.coolDown(1, until: 50)
        #expect(fleet.availability(1, now: 99) == .coolingDown(until: 100))
        #expect(fleet.availability(1, now: 100) == .available)
        fleet.endCoolDown(1)
        #expect(fleet.availability(1, now: 0) == .available)
        fleet.switchOff(1)
        #expect(fleet.availability(1, now: 0) == .switchedOff)
    }

    /// Ten imagined calls at 800 ms and ten measured ones at 400 ms make 600 ms.
    @Test func blendsPriorAndMeasurement() {
        fleet.observe(1, times: 10, latency: .milliseconds(400))
        let model = fleet.snapshot(now: 0).models[1]
        #expect(model.latency == .milliseconds(600))
        #expect(model.successRate == 1)
        fleet.observe(1, times: 20, latency: .zero, succeeded: false)
        #expect(fleet.snapshot(now: 0).models[1].successRate == 0.5)
    }

    /// The original takes an observed zero for a missing value.
    @Test func anObservedZeroIsAValue() throws {
        fleet.observe(1, times: 90, latency: .zero)
        let model = fleet.snapshot(now: 0).models[1]
        #expect(model.latency == .milliseconds(80))
        #expect(model.meanCost == .zero)
        let statistics = try #require(fleet.statistics(now: 0).dropFirst().first)
        #expect(statistics.meanLatency == .zero)
        #expect(statistics.meanCost == .zero)
        #expect(statistics.successRate == 1)
    }

    @Test func nothingMeasuredIsNotZero() {
        let statistics = fleet.statistics(now: 0)[0]
        #expect(statistics.meanLatency == nil)
        #expect(statistics.meanCost == nil)
        #expect(statistics.successRate == nil)
        #expect(fleet.snapshot(now: 0).models[0].meanCost == nil)
    }

    @Test func aFastFailureLooksNotFastAndASlowOneLooksSlow() {
        fleet.observe(1, times: 5, latency: .milliseconds(1), succeeded: false)
        #expect(fleet.snapshot(now: 0).models[1].latency == .milliseconds(800))
        fleet.observe(1, times: 10, latency: .seconds(30), succeeded: false)
        #expect(fleet.snapshot(now: 0).models[1].latency == .milliseconds(15_400))
    }

    @Test func withoutPriorWeightTheWindowStandsAlone() {
        let fleet = Fleet(catalogue: DefaultFleet.catalogue, windowSize: 3, priorWeight: 0)
        #expect(fleet.snapshot(now: 0).models[1].latency == .milliseconds(800))
        #expect(fleet.snapshot(now: 0).models[1].successRate == 1)
        fleet.observe(1, times: 1, latency: .milliseconds(10))
        #expect(fleet.snapshot(now: 0).models[1].latency == .milliseconds(10))
    }

    @Test func hugeObservationsDoNotTrap() {
        for _ in 0..<2000 {
            fleet.observe(0, latency: .seconds(Int64.max), cost: .max, succeeded: true)
            fleet.observe(0, latency: .seconds(Int64.min), cost: Money(nanodollars: .min), succeeded: false)
        }
        #expect(fleet.statistics(now: 0)[0].samples == 1000)
    }

    /// After a reload, models that stay keep their statistics and slots; those in flight are given back through the
    /// old fleet and seen by the new one.
    @Test func aReloadKeepsStateById() {
        fleet.observe(4, times: 30, latency: .milliseconds(100))
        #expect(fleet.acquire(4))
        fleet.switchOff(1)
        let models = DefaultFleet.catalogue.models
        let added = DefaultFleet.model("new", 0, 1, 1, 1, [.general])
        let reloaded = Fleet.inheriting(
            fleet,
            catalogue: Catalogue(models: [models[4], added, models[1]], priceVersion: "next"),
            windowSize: 20
        )
        let snapshot = reloaded.snapshot(now: 0).models
        #expect(snapshot.map(\.samples) == [20, 0, 0])
        #expect(snapshot.map(\.active) == [1, 0, 0])
        #expect(snapshot[2].availability == .switchedOff)
        #expect(reloaded.acquire(1))
        #expect(!reloaded.acquire(1))
        fleet.release(4)
        #expect(reloaded.snapshot(now: 0).models[0].active == 0)
    }

    /// What was learned of one backend says nothing of another that takes its name.
    @Test func aModelThatAnswersElsewhereBeginsAnew() {
        fleet.observe(4, times: 30, latency: .milliseconds(100))
        fleet.coolDown(4, until: 1000)
        fleet.switchOff(4)
        #expect(fleet.acquire(4))
        let name = DefaultFleet.catalogue.models[4].id.rawValue
        let moved = DefaultFleet.model(name, 0, 1, 1, 9, [.general], baseURL: "http://elsewhere/v1")
        let reloaded = Fleet.inheriting(fleet, catalogue: Catalogue(models: [moved], priceVersion: "next"))
        let model = reloaded.snapshot(now: 0).models[0]
        #expect((model.samples, model.active) == (0, 0) && model.availability == .switchedOff)
        reloaded.switchOn(0)
        #expect(reloaded.snapshot(now: 0).models[0].isAvailable, "its rest was the other one's")
        fleet.release(4)
    }
}
