import Domain
import Foundation
import HTTP
import Testing

@testable import Gateway

@Suite struct RetryAfterTests {
    /// 2026-11-21, 12:00:00 UTC.
    private static let now: Int64 = 1_795_262_400_000

    @Test(arguments: [
        ("retry-after", "3", Duration.seconds(3)), ("retry-after", "0", .zero),
        ("retry-after", "0.5", .milliseconds(500)),
        ("retry-after-ms", "1500", .milliseconds(1500)), ("retry-after-ms", "0.25", .microseconds(250)),
        ("retry-after", "Sat, 21 Nov 2026 12:00:10 GMT", .seconds(10)),
        ("retry-after", "Sat, 21 Nov 2026 11:59:00 GMT", .zero),
    ])
    func readsWhatABackendAsksFor(name: String, value: String, duration: Duration) {
        #expect(RetryAfter.duration(in: HeaderFields([name: value]), unixMilliseconds: Self.now) == duration)
    }

    @Test func millisecondsGoBeforeSeconds() {
        let fields = HeaderFields(["retry-after": "3", "retry-after-ms": "250"])
        #expect(RetryAfter.duration(in: fields, unixMilliseconds: Self.now) == .milliseconds(250))
    }

    /// A backend that writes nonsense has asked for nothing; above all it does not stop the process.
    @Test(arguments: [
        "", "soon", "-1", "nan", "inf", "1e300", "9999999999999999999999", "Sat, 21 Nov 2026 12:00:10", "21 Nov 2026",
        "Sat, 32 Nov 2026 12:00:10 GMT", "Sat, 21 Foo 2026 12:00:10 GMT", "Sat, 21 Nov 2026 25:00:10 GMT",
        "Sat, 21 Nov 99999999999999999 12:00:10 GMT", "Sat, 21 Nov 2026 12:00 GMT",
    ])
    func nonsenseIsNoWish(value: String) {
        for name in ["retry-after", "retry-after-ms"] {
            #expect(RetryAfter.duration(in: HeaderFields([name: value]), unixMilliseconds: Self.now) == nil)
        }
    }

    /// As the C library writes and counts them: 1970 to 9999, leap days and ends of centuries among them.
    @Test(arguments: 0..<50)
    func datesAreThoseOfTheCLibrary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let edges: [Int64] = [0, 68_169_600, 951_782_399, 951_782_400, 4_107_542_399, 4_107_542_400, 253_402_300_799]
        for index in 0..<40 {
            let seconds = index < edges.count ? edges[index] : .random(in: 0...253_402_300_799, using: &generator)
            var time = time_t(seconds)
            var parts = tm()
            gmtime_r(&time, &parts)
            var text = [CChar](repeating: 0, count: 64)
            let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            let date = String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            #expect(RetryAfter.unixSeconds(ofHTTPDate: date) == seconds)
        }
    }
}
