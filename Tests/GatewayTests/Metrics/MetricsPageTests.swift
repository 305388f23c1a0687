import Domain
import HTTP
import Testing

@testable import Gateway

/// What a scraper finds is well-formed, whole and true.
@Suite struct MetricsPageTests {
    /// One family of the page.
    fileprivate struct Family {
        let name: String
        let kind: String
        var samples: [(series: String, value: Double)] = []
    }

    /// Reads a page strictly: help, type, samples, family by family.
    private func families(in page: String) throws -> [Family] {
        var families: [Family] = []
        var helped = ""
        for line in page.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                helped = words[2]
                #expect(words.count == 4, "\(helped) has no help")
            } else if line.hasPrefix("# TYPE ") {
                #expect(words[2] == helped)
                families.append(Family(name: words[2], kind: words[3]))
            } else {
                let space = try #require(line.lastIndex(of: " "))
                let value = try #require(Double(line[line.index(after: space)...]))
                let series = String(line[..<space])
                let name = series.prefix { $0 != "{" }
                let last = families.popLast()
                let family = try #require(last)
                let suffixes = family.kind == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
                #expect(suffixes.contains { name == family.name + $0 }, "\(series) is in \(family.name)")
                families.append(family.adding(series, value))
            }
        }
        return families
    }

    private func page() async throws -> [Family] {
        let (sound, broken) = (try await ScriptedBackend.sound(), try await ScriptedBackend.failing(401))
        var page = ""
        try await withGateway([entry("a", at: sound.url), entry("b", at: broken.url)]) { gateway in
            for stream in ["false", "true"] { _ = try await gateway.chat("a", #""stream":\#(stream)"#) }
            _ = try await gateway.chat("b")
            _ = try await gateway.post("chat/completions", "{")
            _ = try await gateway.ledger()
            page = gateway.service.metricsPage.text
        }
        return try families(in: page)
    }

    @Test func everyFamilyIsWellFormedAndThereOnce() async throws {
        let families = try await page()
        #expect(families.count > 30)
        #expect(Set(families.map(\.name)).count == families.count)
        for family in families {
            #expect(family.name.hasPrefix("switchyard_"))
            #expect(["counter", "gauge", "histogram"].contains(family.kind))
            #expect((family.kind == "counter") == family.name.hasSuffix("_total"), "\(family.name)")
            #expect(Set(family.samples.map(\.series)).count == family.samples.count)
            #expect(family.samples.allSatisfy { $0.value >= 0 })
        }
    }

    @Test func everyHistogramIsCumulative() async throws {
        let histograms = try await page().filter { $0.kind == "histogram" }
        #expect(histograms.count >= 4)
        for family in histograms {
            var below = 0.0
            for sample in family.samples where sample.series.hasPrefix(family.name + "_bucket") {
                #expect(sample.value >= below)
                below = sample.series.contains(#"le="+Inf""#) ? 0 : sample.value
            }
            let counts = family.samples.filter { $0.series.hasPrefix(family.name + "_count") }.map(\.value)
            let infinite = family.samples.filter { $0.series.contains(#"le="+Inf""#) }.map(\.value)
            #expect(counts == infinite)
        }
    }

    @Test func itCountsWhatWasServed() async throws {
        let samples = try await page().flatMap(\.samples).reduce(into: [:]) { $0[$1.series] = $1.value }
        let expected: [String: Double] = [
            #"switchyard_requests_total{endpoint="chat",model="a",outcome="completed"}"#: 2,
            #"switchyard_requests_total{endpoint="chat",model="b",outcome="upstream_failed"}"#: 1,
            #"switchyard_requests_total{endpoint="chat",model="none",outcome="invalid"}"#: 1,
            #"switchyard_attempts_total{model="a",outcome="completed"}"#: 2,
            #"switchyard_tokens_total{model="a",kind="input"}"#: 200,
            #"switchyard_tokens_total{model="a",kind="output"}"#: 40,
            #"switchyard_cost_usd_total{model="a"}"#: 0.00072,
            #"switchyard_baseline_cost_usd_total{model="a"}"#: 0.00072,
            #"switchyard_limited_requests_total{model="a",kept="true"}"#: 0,
            #"switchyard_request_duration_seconds_count{model="a"}"#: 2,
            #"switchyard_time_to_first_token_seconds_count{model="a"}"#: 1,
            #"switchyard_gateway_overhead_seconds_count"#: 4,
            #"switchyard_model_in_flight_requests{model="a"}"#: 0,
            #"switchyard_model_available{model="a"}"#: 1,
            #"switchyard_in_flight_requests"#: 0,
            #"switchyard_ledger_rows_total"#: 4,
            #"switchyard_upstream_connections"#: 2,
            #"switchyard_build_info{version="1.2.3"}"#: 1,
        ]
        for (series, value) in expected { #expect(samples[series] == value, "\(series)") }
    }
}

extension MetricsPageTests.Family {
    fileprivate func adding(_ series: String, _ value: Double) -> Self {
        var family = self
        family.samples.append((series, value))
        return family
    }
}
