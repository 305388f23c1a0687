import Domain
import HTTP
import Testing

@Suite struct MetricsTextTests {
    private func read(_ page: String) -> [String] {
        MetricsText(Array(page.utf8)).map { sample in
            let (name, labels) = (sample.name, sample.labels)
            return "\(String(decoding: name, as: UTF8.self))|\(String(decoding: labels, as: UTF8.self))|\(sample.value)"
        }
    }

    @Test func readsTheFormatsOwnExample() {
        let page = #"""
            # HELP http_requests_total The total number of HTTP requests.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            http_requests_total{method="post",code="400"}    3 1395066363000

            # Escaping in label values:
            msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
            metric_without_timestamp_and_labels 12.47
            something_weird{problem="division by zero"} +Inf -3982045
            """#
        #expect(
            read(page) == [
                #"http_requests_total|method="post",code="200"|1027.0"#,
                #"http_requests_total|method="post",code="400"|3.0"#,
                #"msdos_file_access_time_seconds|path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""|1458255915.0"#,
                "metric_without_timestamp_and_labels||12.47",
                #"something_weird|problem="division by zero"|inf"#,
            ]
        )
    }

    @Test(arguments: [
        "", "\n\n", "# only", "a", "a{", "a{b=\"}", "a}1", "{} 1", "1a 2", "a one", "a{} ", "a\u{0} 1", "ä 1",
        "a \(String(repeating: "1", count: 65))",
    ])
    func passesOverWhatIsNoSample(line: String) {
        #expect(read("\(line)\nx 1\n") == ["x||1.0"])
    }

    @Test func aBraceInAValueDoesNotEndTheLabels() {
        #expect(read(#"a{b="}\"}"} 1"#) == [#"a|b="}\"}"|1.0"#])
        #expect(read("a{} 1\r\nb 2\r\n") == ["a||1.0", "b||2.0"])
    }

    /// Whatever bytes come: names and values only, and none longer than its line.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func anyBytesAreRead(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array(#"ab:_1.eE+-NaInf{}="\,# "#.utf8) + [0x0A, 0x0D, 0x00, 0xFF, 0x09]
        let page = (0..<Int.random(in: 0...400, using: &generator)).map { _ in
            alphabet[.random(in: alphabet.indices, using: &generator)]
        }
        for sample in MetricsText(page) {
            #expect(!sample.name.isEmpty && !sample.name.contains(0x0A))
            #expect(!sample.labels.contains(0x0A))
        }
    }
}
