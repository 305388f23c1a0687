import Domain
import Ledger
@testable import Reporting
import Testing

/// Each section over a ledger that is small enough to work out by hand.
@Suite struct ReportSectionTests {
    /// Every request counts, not the last one: 1 g, 2 g and 6 g are 9 g, 3 g each, and spread by the root of 7 g².
    @Test func routersAddUpAndSaySpread() async throws {
        var rows = [1, 2, 3].map { request($0) }
        for (index, grams) in [1, 2, 6].enumerated() {
            rows[index].carbon = Carbon(micrograms: Int64(grams) * 1_000_000)
        }
        rows[2].outcome = .upstreamFailed
        let lines = try await ReportFixture(rows + [request(4, strategy: "")]).lines(of: .routers)
        #expect(lines.count == 1, "a request whose client named the model was not routed")
        let line = try #require(lines.first)
        #expect((line["strategy"], line["requests"], line["success_rate"]) == ("balanced", "3", "0.6667"))
        #expect((line["carbon_g"], line["carbon_mean_g"], line["carbon_sd_g"]) == ("9.000000", "3.000000", "2.645751"))
        #expect((line["latency_mean_ms"], line["latency_sd_ms"]) == ("1000.000", "0.000"))
    }

    /// Of two routed answers one is right, 2 g for it; the direct one is wrong, and grams for no solution are undefined.
    @Test func nothingSolvedHasNoCarbonPerSolution() async throws {
        let rows = [request(1), request(2), request(3, strategy: "")]
        let feedback = zip(rows, [true, false, false]).map { row, isCorrect in
            Feedback(
                requestID: row.id,
                atUnixMilliseconds: noon,
                keyID: nil,
                score: nil,
                isCorrect: isCorrect,
                comment: ""
            )
        }
        let lines = try await ReportFixture(rows, feedback: feedback).lines(of: .choice)
        let measures = Dictionary(uniqueKeysWithValues: lines.map { ($0["measure"] ?? "", $0) })
        let solution = try #require(measures["carbon_per_solution_g"])
        #expect((solution["routed"], solution["direct"], solution["change"]) == ("2.000000", "", ""))
        let correct = try #require(measures["correct_rate"])
        #expect((correct["routed"], correct["direct"]) == ("0.5000", "0.0000"))
        #expect(measures["carbon_mean_g"]?["change"] == "0.0000")
    }

    /// The shares are those of the grams, and what has no parts is said to be without.
    @Test func partsAddUpToTheTotal() async throws {
        var row = request(1)
        row.footprint = RequestRow.Footprint(
            energyLowJoules: 18,
            energyHighJoules: 72,
            carbonLow: Carbon(micrograms: 500_000),
            carbonHigh: Carbon(micrograms: 2_000_000),
            provenance: "declared"
        )
        row.footprint?.parts.router = .zero
        row.footprint?.parts.prompt = Carbon(micrograms: 250_000)
        row.footprint?.parts.generation = Carbon(micrograms: 750_000)
        let lines = try await ReportFixture([row, request(2)]).lines(of: .breakdown)
        #expect(
            lines.map { $0["component"] } == [
                "router", "loading", "prompt", "generation", "embodied", "unattributed", "total",
            ]
        )
        #expect(
            lines.map { $0["carbon_g"] } == [
                "0.000000", "", "0.250000", "0.750000", "", "1.000000", "2.000000",
            ]
        )
        #expect(lines.map { $0["share"] } == ["0.0000", "", "0.1250", "0.3750", "", "0.5000", "1.0000"])
    }

    @Test func modelsAreSharesOfTheirStrategyAndRouter() async throws {
        var rows = [request(1), request(2), request(3, model: "large"), request(4, strategy: "random", model: "large")]
        rows.append(request(5, model: "large"))
        rows[4].features = Array(#"{"router":"stack"}"#.utf8)
        let lines = try await ReportFixture(rows).lines(of: .distribution)
        #expect(
            lines.map { line in ["strategy", "router", "model", "share"].map { line[$0] ?? "" } } == [
                ["balanced", "", "large", "0.3333"], ["balanced", "", "small", "0.6667"],
                ["balanced", "stack", "large", "1.0000"], ["random", "", "large", "1.0000"],
            ]
        )
        let routers = try await ReportFixture(rows).lines(of: .routers)
        #expect(routers.map { $0["router"] } == ["", "stack", ""])
        #expect(routers.map { $0["requests"] } == ["3", "1", "1"])
    }

    /// 36 J for 50 tokens are 0.72 J a token.
    @Test func modelsHaveAnEnergyClass() async throws {
        let line = try #require(try await ReportFixture([request(1)]).lines(of: .models).first)
        #expect((line["j_per_output_token"], line["energy_class"]) == ("0.7200", "high"))
    }

    /// The gram took 36 J, a 100,000th of a kilowatt-hour; a kilometre by car is 244.2 g, a charge of a telephone 12.4 g.
    @Test func gramsAreCompared() async throws {
        let lines = try await ReportFixture([request(1)]).lines(of: .equivalences)
        let counts = lines.map { "\($0["carbon"] ?? "") \($0["equivalent"] ?? "") \($0["count"] ?? "")" }
        #expect(counts == ["emitted car_km 0.004095", "emitted grid_kwh 0.000010", "emitted phone_charge 0.080645"])
        #expect(lines.allSatisfy { $0["source"] != "" && $0["year"] != "" })
    }

    /// Savings of 1 USD and 3 USD: 2,000 USD for a thousand requests, give or take 1.96 · √2 / √2 · 1,000.
    @Test func savingsAreProjectedWithAnInterval() async throws {
        var rows = [request(1), request(2)]
        for (index, dollars) in [Int64(2), 4].enumerated() {
            rows[index].quality = 0.7
            rows[index].baseline = RequestRow.Baseline(
                model: ModelID("large"),
                quality: 0.9,
                cost: Money(nanodollars: dollars * 1_000_000_000),
                carbon: Carbon(micrograms: dollars * 1_000_000)
            )
            rows[index].alternatives = Array(#"{"small":[0.7,1000000000,1000000]}"#.utf8)
        }
        let lines = try await ReportFixture(rows).lines(of: .savings)
        #expect(lines.map { $0["against"] } == ["the best able model", "one model: small"])
        let best = try #require(lines.first)
        #expect((best["saved_usd"], best["saved_share"]) == ("4.000000000", "0.6667"))
        #expect((best["usd_per_1000"], best["usd_per_1000_low"]) == ("2000.000000", "40.000000"))
        #expect((best["g_per_1000"], best["g_per_1000_high"]) == ("2000.000", "3960.000"))
        #expect(lines.last?["saved_usd"] == "0.000000000", "small is what answered")
    }

    /// One request has no spread, so no interval; an empty ledger has no line.
    @Test func fewRequestsHaveNoInterval() async throws {
        var row = request(1)
        row.baseline = RequestRow.Baseline(model: ModelID("large"), quality: 0.9, cost: .zero, carbon: .zero)
        #expect(try await ReportFixture([row]).lines(of: .savings).first?["usd_per_1000_low"] == "")
        #expect(try await ReportFixture([]).lines(of: .savings).isEmpty)
    }

    /// Every section has a table of an empty ledger too, and says what its columns mean.
    @Test(arguments: ReportSection.allCases)
    func everySectionExplainsItself(section: ReportSection) async throws {
        for rows in [[], [request(1), request(2, strategy: "")]] {
            let table = try await ReportFixture(rows).table(of: section, by: [.day, .model])
            #expect(table.lines.allSatisfy { $0.count == table.header.count })
            #expect(!table.notes.isEmpty)
        }
    }
}
