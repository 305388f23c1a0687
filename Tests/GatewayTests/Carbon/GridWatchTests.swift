import Accounting
import Configuration
import Domain
import Foundation
import HTTP
import Ledger
import Reactor
import Routing
import Server
import Synchronization
import Testing
import Upstream

@testable import Gateway

/// Where the intensities of grids come from while the gateway runs, and what becomes of them when a source fails.
@Suite struct GridWatchTests {
    /// 10 J for each generated token and none for the prompt, in the zone.
    private func model(_ id: String, at url: String, zone: String?) -> String {
        let zone = zone.map { ", zone: \($0)" } ?? ""
        return """
            { id: \(id), base_url: "\(url)", prices: { input: 1, output: 1 }, \
            energy: { joules_per_input_token: 0, joules_per_output_token: 10, pue: 1\(zone) } }
            """
    }

    /// What Electricity Maps answers for the present hour.
    private func latest(_ grams: Int) -> String {
        #"{"zone":"DE","carbonIntensity":\#(grams),"datetime":"\#(hour)","isEstimated":false}"#
    }

    /// The present hour, or one some hours before, as sources write it.
    private var hour: String { hour(before: 0) }

    private func hour(before hours: Int) -> String {
        Date(timeIntervalSince1970: (Date().timeIntervalSince1970 / 3600).rounded(.down) * 3600 - Double(hours) * 3600)
            .ISO8601Format()
    }

    private func settings(_ api: ScriptedBackend, more: String = "") -> String {
        """
        carbon:
          refresh_seconds: 0.05
          router_watts: 0
          sources: [{ kind: electricity_maps, origin: "\(api.url)", token_variable: MAPS_TOKEN, zones: [DE] }]
          \(more)
        """
    }

    private let environment = ["MAPS_TOKEN": "a-token-of-no-service"]

    private func expected(_ gateway: RunningGateway) -> GridIntensity {
        gateway.service.policy.router.outlooks[0].intensity
    }

    /// The log tells what the service said, and not the token that it did not like.
    @Test func doesNotRepeatTheToken() async throws {
        let api = try await ScriptedBackend { exchange, _ in try await exchange.json(latest(400)) }
        let configuration = try GatewayConfiguration.test(
            [entry("a")],
            settings: settings(api),
            environment: environment
        )
        let source = GridSource(try #require(configuration.settings.carbon.sources.first), of: configuration)
        let error = GridError.intensity(.refused("Invalid token a-token-of-no-service!"))
        let text = source.explanation(of: error)
        #expect(text.contains("Invalid token <redacted>!") && !text.contains("a-token"))
    }

    /// 20 tokens of 10 J at 400 g/kWh are 22 mg; the source is asked with its token, by its path, and never by a request.
    @Test func asksAServiceAndReckonsWithWhatItSays() async throws {
        let api = try await ScriptedBackend { exchange, _ in try await exchange.json(latest(400)) }
        let backend = try await ScriptedBackend { exchange, _ in try await exchange.json(Chat.answer) }
        try await withGateway(
            [model("a", at: backend.url, zone: "DE")],
            settings: settings(api),
            environment: environment
        ) { gateway in
            try await comesTrue { expected(gateway).basis == .current }
            let answer = try await gateway.chat("a")
            let row = try #require(try await gateway.ledger().first).request
            #expect(row.energyJoules == Double(row.usage.output) * 10)
            #expect(row.carbon == Carbon(micrograms: Int64((row.energyJoules * 400 / 3.6).rounded())))
            let footprint = try #require(row.footprint)
            #expect((footprint.zone, footprint.gramsPerKilowattHour, footprint.provenance) == ("DE", 400, "declared"))
            #expect(answer.fields["x-switchyard-carbon-g"].flatMap(Double.init) == row.carbon.grams)
            let interval = try #require(answer.fields["x-switchyard-carbon-interval-g"])
            #expect(interval.hasSuffix("; declared"))
            let asked = try #require(api.requests.first)
            #expect(asked.path == "/v1/v3/carbon-intensity/latest?zone=DE")
            #expect(asked.fields["auth-token"] == environment["MAPS_TOKEN"])
            #expect(gateway.service.metricsPage.text.contains(#"zone="DE",bound="central",basis="current"} 400.0"#))
        }
    }

    /// What a source said last holds while it fails; a model of a zone that nobody knows is between all that grids do.
    @Test func keepsTheLastReadingWhileTheSourceFails() async throws {
        let isDown = Mutex(false)
        let api = try await ScriptedBackend { exchange, _ in
            if isDown.withLock({ $0 }) {
                try await exchange.respond(status: 500, fields: [], body: [])
            } else {
                try await exchange.json(latest(100))
            }
        }
        try await withGateway(
            [model("a", at: api.url, zone: "DE"), model("b", at: api.url, zone: "ATLANTIS")],
            settings: settings(api),
            environment: environment
        ) { gateway in
            try await comesTrue { expected(gateway).central == 100 }
            isDown.withLock { $0 = true }
            let series = #"switchyard_grid_source_requests_total{zone="DE",outcome="failed"}"#
            try await comesTrue { gateway.metric(series) >= 2 }
            #expect(expected(gateway).central == 100)
            #expect(gateway.service.policy.router.outlooks[1].intensity == .world)
            let stale = gateway.service.grids.book.intensity(
                of: "DE",
                at: WallClock.unixMilliseconds / 1000 + 5 * 3600
            )
            #expect((stale.basis, stale.central) == (.lastKnown, 100))
            #expect(stale.low < 80 && stale.high > 125, "wider with each hour")
            let lost = gateway.service.grids.book.intensity(of: "DE", at: WallClock.unixMilliseconds / 1000 + 86_400)
            #expect(lost.basis == .country)
        }
    }

    /// Whatever a source sends, the gateway goes on with what it knew.
    @Test(arguments: [
        "", "[]", "{}", #"{"error":"no such zone"}"#, #"{"carbonIntensity":-5,"datetime":"x"}"#, "\u{0}{",
    ])
    func survivesAnyAnswer(answer: String) async throws {
        let api = try await ScriptedBackend { exchange, _ in try await exchange.json(answer) }
        try await withGateway(
            [model("a", at: api.url, zone: "DE")],
            settings: settings(api),
            environment: environment
        ) { gateway in
            try await comesTrue { api.requests.count >= 2 }
            #expect(expected(gateway).basis == .country)
        }
    }

    /// A file is read before the first request; a newer one holds without a restart, and one that is gone is no loss.
    @Test func readsFiles() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "grid-\(UUID().uuidString).csv").path
        func write(_ grams: Int) throws {
            let text =
                "Datetime (UTC),Country,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA)\n"
                + "\(hour.replacing("T", with: " ").replacing("Z", with: "")),Germany,1,\(grams)\n"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        try write(321)
        let file = "carbon: { refresh_seconds: 0.05, sources: [{ kind: csv, path: \"\(path)\", zones: [DE] }] }"
        try await withGateway([model("a", at: "http://127.0.0.1:9/v1", zone: "DE")], settings: file) { gateway in
            #expect((expected(gateway).central, expected(gateway).basis) == (321, .current))
            try write(123)
            try await comesTrue { expected(gateway).central == 123 }
            try FileManager.default.removeItem(atPath: path)
            let failures = #"switchyard_grid_source_requests_total{zone="DE",outcome="failed"}"#
            try await comesTrue { gateway.metric(failures) > 0 }
            #expect(expected(gateway).central == 123)
        }
    }

    /// A static source is the operator's word for a zone; the model's own figure is nearer.
    @Test func takesTheOperatorsWordForAZone() async throws {
        let settings = "carbon: { sources: [{ kind: static, zones: [PLANT], grams_per_kwh: 250 }] }"
        try await withGateway(
            [model("a", at: "http://127.0.0.1:9/v1", zone: "PLANT")],
            settings: settings
        ) { gateway in
            try await comesTrue { expected(gateway) == GridIntensity(declared: 250) }
        }
    }

    /// WattTime's user logs in, and the token that this gives is what the readings are asked for with.
    @Test func logsInWhereASourceWantsIt() async throws {
        let api = try await ScriptedBackend { exchange, index in
            let isLogin = exchange.head.targetBytes.text.hasSuffix("/login")
            try await exchange.json(
                isLogin
                    ? #"{"token":"t-1"}"#
                    : """
                    {"data":[{"point_time":"\(hour)","value":1000}],"meta":{"region":"CAISO_NORTH",
                    "units":"lbs_co2_per_mwh","data_point_period_seconds":3600}}
                    """
            )
        }
        let source = """
            { kind: watttime, origin: "\(api.url)", user: me, token_variable: WATT, zones: [CAISO_NORTH] }
            """
        try await withGateway(
            [model("a", at: api.url, zone: "CAISO_NORTH")],
            settings: "carbon: { refresh_seconds: 0.05, sources: [\(source)] }",
            environment: ["WATT": "the-password"]
        ) { gateway in
            try await comesTrue { abs(expected(gateway).central - 453.59237) < 1e-9 }
            #expect(api.requests[0].fields["authorization"] == "Basic bWU6dGhlLXBhc3N3b3Jk")
            #expect(api.requests[1].fields["authorization"] == "Bearer t-1")
        }
    }

    /// The same request in a cleaner zone is charged fewer grams, and what is sent goes there by the carbon-aware strategy.
    @Test func theZoneDecidesTheGrams() async throws {
        let backend = try await ScriptedBackend { exchange, _ in try await exchange.json(Chat.answer) }
        let settings = """
            routing: { exploration: 0 }
            carbon:
              router_watts: 0
              sources:
                - { kind: static, zones: [COAL], grams_per_kwh: 900 }
                - { kind: static, zones: [HYDRO], grams_per_kwh: 30 }
            """
        try await withGateway(
            [model("dirty", at: backend.url, zone: "COAL"), model("clean", at: backend.url, zone: "HYDRO")],
            settings: settings
        ) { gateway in
            _ = try await gateway.chat("dirty")
            _ = try await gateway.chat("clean")
            let answer = try await gateway.chat("auto:carbon_aware")
            #expect(answer.fields["x-switchyard-model"] == "clean")
            let rows = try await gateway.ledger().map(\.request)
            // 200 J at 900 and at 30 g/kWh.
            #expect((rows[0].carbon.micrograms, rows[1].carbon.micrograms) == (50_000, 1667))
            #expect(rows[0].energyJoules == rows[1].energyJoules)
            #expect(rows[2].strategy == "carbon_aware")
        }
    }

    /// Power that a meter reads is measured, and until it has been read the model's own figures hold: never a silent zero.
    @Test func readsThePowerOfAWorker() async throws {
        let isUp = Mutex(false)
        let exporter = try await ScriptedBackend { exchange, _ in
            let page =
                "# HELP x y\nDCGM_FI_DEV_POWER_USAGE{gpu=\"0\"} 300\nDCGM_FI_DEV_POWER_USAGE{gpu=\"1\"} 200.5\nz 1\n"
            if isUp.withLock({ $0 }) { try await exchange.json(page) } else { try await exchange.json("", status: 503) }
        }
        let backend = try await ScriptedBackend { exchange, _ in try await exchange.json(Chat.answer) }
        let model = """
            { id: a, base_url: "\(backend.url)", prices: { input: 1, output: 1 }, energy: { pue: 1, grams_per_kwh: 360, \
            joules_per_input_token: 0, joules_per_output_token: 10, power_url: "\(exporter.url)" } }
            """
        try await withGateway([model], settings: "carbon: { router_watts: 0, power_seconds: 0.05 }") { gateway in
            _ = try await gateway.chat("a")
            let series = #"switchyard_worker_energy_joules_total{model="a",share="unallocated"}"#
            isUp.withLock { $0 = true }
            try await comesTrue { gateway.metric(series) > 0 }
            _ = try await gateway.chat("a")
            let rows = try await gateway.ledger().map(\.request)
            #expect(rows[0].energyJoules == 200)
            let footprint = try #require(rows[1].footprint)
            #expect(rows[1].energyJoules > 0 && rows[1].energyJoules != 200)
            #expect(abs(footprint.energyLowJoules - footprint.energyHighJoules) < 1e-5, "a meter has no interval")
            #expect(GatewayService.watts(in: Array("a 1\nb{c=\"d\"} 2.5\nb 3\n".utf8), named: "b") == 5.5)
            #expect(GatewayService.watts(in: Array("a 1\n".utf8), named: "b") == nil)
        }
    }

    /// A worker's wattage is shared among its requests, and the ledger's rows come to what the meter says it gave them.
    @Test func theRowsOfAWorkerComeToItsMeter() async throws {
        let backend = try await ScriptedBackend { exchange, _ in
            try await Task.sleep(for: .milliseconds(20))
            try await exchange.json(Chat.answer)
        }
        let model = """
            { id: a, base_url: "\(backend.url)", prices: { input: 1, output: 1 }, \
            energy: { pue: 1, grams_per_kwh: 360, watts: 500 } }
            """
        try await withGateway([model], settings: "carbon: { router_watts: 0 }") { gateway in
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 { group.addTask { _ = try await gateway.chat("a") } }
                try await group.waitForAll()
            }
            let rows = try await gateway.ledger().map(\.request)
            let finished = gateway.metric(#"switchyard_worker_energy_joules_total{model="a",share="finished"}"#)
            #expect(rows.count == 8 && finished > 0)
            #expect(abs(rows.reduce(0) { $0 + $1.energyJoules } - finished) < 1e-5, "each row is in whole microjoules")
        }
    }
}
