import Accounting
import Domain
import Ledger
import Reactor
import Routing
import Testing

@testable import Gateway

/// What attempts take and emit, and that everybody is told the same of it.
@Suite struct FootprintTests {
    private func account(
        _ policy: Policy,
        _ index: Int = 0,
        _ usage: TokenUsage,
        _ record: RequestRecord = .test(),
        load: (concurrency: Double?, joules: Double?) = (nil, nil),
        routerWatts: Double = 0
    ) -> RequestRecord {
        var attempt = policy.attempt(index, at: record.begunAt.advanced(by: .milliseconds(10)))
        attempt.usage = usage
        attempt.duration = .seconds(36)
        record.account(for: &attempt, by: policy.footprints[index], load: load, routerWatts: routerWatts)
        record.attempts.append(attempt)
        return record
    }

    private func ledgerRow(_ record: RequestRecord, _ policy: Policy) -> RequestRow {
        record.settle(.success(.whole(status: 200, contentType: [], body: [])))
        return record.ledgerEntry(by: policy, at: .at(60_000)).request
    }

    /// Router, prompt, generation and the machine's making: the parts are the whole, to the microgram.
    @Test func thePartsAddUpToTheWhole() throws {
        let energy = """
            energy: { model: regression, parameters_billions: 8, machine: 1xH100, zone: DE, pue: 1.3 }
            """
        let policy = try Policy.test([
            "{ id: a, base_url: \"http://127.0.0.1:9/v1\", prices: { input: 1, output: 1 }, \(energy) }"
        ])
        let record = account(policy, 0, TokenUsage(input: 900, output: 333), load: (4, nil), routerWatts: 10)
        let row = ledgerRow(record, policy)
        let footprint = try #require(row.footprint)
        let parts = footprint.parts
        let sum = [parts.router, parts.prompt, parts.generation, parts.embodied].reduce(0) {
            $0 + ($1?.micrograms ?? 0)
        }
        #expect(sum == row.carbon.micrograms)
        #expect(parts.loading == .zero, "it stays in memory")
        #expect(parts.router.map { $0.micrograms > 0 } == true)
        // 267 g an hour for eight, one of them, for 36 s, shared by four.
        #expect(parts.embodied == Carbon(micrograms: 83_438))
        #expect((footprint.zone, footprint.provenance) == ("DE", "modelled"))
        #expect(footprint.carbonLow < row.carbon && row.carbon < footprint.carbonHigh)
        #expect(footprint.energyLowJoules < row.energyJoules && row.energyJoules < footprint.energyHighJoules)
    }

    /// Cached prompt tokens were read before.
    @Test func cachedTokensTakeNothing() throws {
        let policy = try Policy.test([entry("a")])
        let all = account(policy, 0, TokenUsage(input: 100, output: 10))
        let cached = account(policy, 0, TokenUsage(input: 100, cachedInput: 60, output: 10))
        #expect((all.attempts[0].energy.joules, cached.attempts[0].energy.joules) == (400, 280))
    }

    /// Budgets are charged what the ledger adds up, attempt by attempt, to the microgram and the microjoule.
    @Test func budgetsAndLedgerAgree() throws {
        let policy = try Policy.test([entry("a"), entry("b", "quality: 0.5")])
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let record = RequestRecord.test()
            for _ in 0..<3 {
                let usage = TokenUsage(
                    input: .random(in: 0...9999, using: &generator),
                    output: .random(in: 0...9999, using: &generator)
                )
                _ = account(policy, .random(in: 0...1, using: &generator), usage, record, routerWatts: 7)
            }
            let charged = record.attempts.reduce(Charge.zero) { $0 + $1.charge }
            let row = ledgerRow(record, policy)
            #expect(charged.carbon == row.carbon)
            #expect(charged.energy == Energy(joules: row.energyJoules))
            let parts = try #require(row.footprint?.parts)
            let sum = [parts.router, parts.prompt, parts.generation].compactMap(\.self).reduce(.zero, +)
            #expect(sum == row.carbon, "of all attempts")
        }
    }

    /// S1's check: three requests add up to 0.000635 kg, where its report had the last one's 0.000227 kg.
    @Test func totalsAccumulate() throws {
        let grams = [0.2040, 0.2042, 0.2268]
        // 1 J a token at 3.6 g/kWh: a microgram each.
        let energy = "energy: { joules_per_output_token: 1, joules_per_input_token: 0, pue: 1, grams_per_kwh: 3.6 }"
        let policy = try Policy.test([
            "{ id: a, base_url: \"http://127.0.0.1:9/v1\", prices: { input: 1, output: 1 }, \(energy) }"
        ])
        var metrics = RequestMetrics()
        var total = Carbon.zero
        for grams in grams {
            let record = account(policy, 0, TokenUsage(input: 0, output: Int((grams * 1e6).rounded())))
            total += ledgerRow(record, policy).carbon
            metrics.count(record.finished(at: .at(60_000)))
        }
        #expect(total == Carbon(grams: 0.635))
        #expect(abs((metrics.models[ModelID("a")]?.grams[.declared] ?? 0) - 0.635) < 1e-9)
    }

    /// All that a worker draws is somebody's: the requests' shares and what is unallocated are the whole.
    @Test func theSharesOfAWorkerAddUp() throws {
        let meter = WorkerMeter(watts: 300, idleSpread: .seconds(5), now: .at(0))
        let first = meter.start(at: .at(1000))
        let second = meter.start(at: .at(3000))
        let parts = try #require(meter.finish(first, at: .at(5000))) + #require(meter.finish(second, at: .at(9000)))
        let sums = meter.sums(at: .at(10_000))
        #expect(sums.total == 3000)
        #expect(abs(parts + sums.unallocated - 3000) < 1e-9)
        #expect(abs(parts - 2700) < 1e-9, "the second before both is paid by both, the one after by nobody yet")
    }

    /// A meter goes on through a reload, requests under way included; other watts hold from then on.
    @Test func aMeterSurvivesAReload() throws {
        func model(_ watts: Int) -> String {
            "{ id: a, base_url: \"http://127.0.0.1:9/v1\", prices: { input: 1, output: 1 }, energy: { watts: \(watts) } }"
        }
        let old = try Policy.test([model(100)])
        let new = try Policy.test([model(200)], replacing: old)
        #expect(old.meters[0] === new.meters[0])
        #expect(try Policy.test([model(100)]).meters[0] !== new.meters[0])
    }

    /// A name that no measurement has stops the start, and says which would do.
    @Test func anUnknownProfileStopsTheStart() throws {
        let energy = "energy: { model: profile, profile: meta-llama/Llama-3.1-8B-Instruc, machine: H100 }"
        #expect {
            try Policy.test([
                "{ id: a, base_url: \"http://127.0.0.1:9/v1\", prices: { input: 1, output: 1 }, \(energy) }"
            ])
        } throws: { error in
            "\(error)".contains("model a: energy: there is no measured profile") && "\(error)".contains("did you mean")
        }
    }
}
