import Domain
import Testing

@testable import Gateway

/// The format of <https://prometheus.io/docs/instrumenting/exposition_formats/>.
@Suite struct ExpositionTests {
    @Test func aFamilyIsItsHelpItsTypeAndItsSamples() {
        var page = Exposition()
        page.family("requests_total", .counter, "Requests.")
        page.sample("requests_total", [("model", "a"), ("outcome", "ok")], 3)
        page.single("depth", .gauge, "Waiting.", 1.5)
        #expect(
            page.text == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{model="a",outcome="ok"} 3
                # HELP depth Waiting.
                # TYPE depth gauge
                depth 1.5

                """
        )
    }

    @Test func aHistogramIsCumulativeAndInSeconds() {
        var histogram = Histogram(bounds: [1_000_000, 2_500_000])
        for nanoseconds in [500_000, 1_000_000, 2_000_000, 9_000_000] as [Int64] {
            histogram.observe(nanoseconds: nanoseconds)
        }
        var page = Exposition()
        page.histogram("pause_seconds", [("model", "a")], histogram)
        #expect(
            page.text == """
                pause_seconds_bucket{model="a",le="0.001"} 2
                pause_seconds_bucket{model="a",le="0.0025"} 3
                pause_seconds_bucket{model="a",le="+Inf"} 4
                pause_seconds_sum{model="a"} 0.0125
                pause_seconds_count{model="a"} 4

                """
        )
    }

    @Test(arguments: [
        ("plain", "plain"), (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("\r\n", "\r\\n"),
        ("\"\u{301}", "\\\"\u{301}"), (#"\n"#, #"\\n"#), ("Zürich", "Zürich"), ("", ""),
    ])
    func aLabelsValueIsEscaped(value: String, escaped: String) {
        var page = Exposition()
        page.sample("x", [("label", value)], 1)
        #expect(Array(page.text.utf8) == Array("x{label=\"\(escaped)\"} 1\n".utf8))
    }

    /// Whatever a model is called, a scraper reads its name back from a line of its own.
    @Test(arguments: 0..<100)
    func anyLabelReadsBackAsItWas(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet: [Unicode.Scalar] = ["\\", "\"", "\n", "\r", "n", "a", "}", ",", "=", "\u{301}", "\u{1F600}"]
        var value = ""
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            if let scalar = alphabet.randomElement(using: &generator) { value.unicodeScalars.append(scalar) }
        }
        var page = Exposition()
        page.sample("x", [("label", value)], 1)
        #expect(page.text.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(try Array(labelValue(in: page.text).utf8) == Array(value.utf8))
    }

    /// The value of the only label, by the format's rules.
    private func labelValue(in line: String) throws -> String {
        var rest = Array(line.unicodeScalars)[...].dropFirst("x{label=\"".unicodeScalars.count)
        var value = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == "\"" { return String(value) }
            guard scalar == "\\" else {
                value.append(scalar)
                continue
            }
            let escaped = rest.popFirst()
            value.append(try #require(["n": "\n", "\\": "\\", "\"": "\""][escaped ?? " "]))
        }
        throw CancellationError()
    }
}
