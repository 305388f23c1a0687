import Domain
import HTTP
import Testing

@testable import Configuration
@testable import Gateway

@Suite struct TraceContextTests {
    private static let id = RequestID(high: 0x0102_0304_0506_0708, low: 0x8877_6655_4433_2211)

    private static func context(_ traceparent: String, _ tracestate: String? = nil) -> TraceContext? {
        guard let tracestate else { return TraceContext(HeaderFields(["traceparent": traceparent])) }
        return TraceContext(HeaderFields(["traceparent": traceparent, "tracestate": tracestate]))
    }

    /// The examples of the recommendation, sections 3.2.2.5 and 3.2.4.
    @Test func readsWhatCallersSay() throws {
        let context = try #require(
            Self.context("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "rojo=1,congo=2")
        )
        #expect(context.trace.high == 0x4bf9_2f35_77b3_4da6)
        #expect(context.trace.low == 0xa3ce_929d_0e0e_4736)
        #expect(context.parent == 0x00f0_67aa_0ba9_02b7)
        #expect(context.isSampled)
        #expect(String(decoding: context.state, as: UTF8.self) == "rojo=1,congo=2")
        #expect(Self.context("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")?.isSampled == false)
        // A later version may say more.
        #expect(Self.context("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what") != nil)
    }

    @Test(arguments: [
        "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01what",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01",
    ])
    func takesNoOther(traceparent: String) throws {
        #expect(Self.context(traceparent) == nil)
    }

    @Test func tellsBackendsWhoCalls() throws {
        var settings = Settings.Tracing()
        let context = try #require(
            Self.context("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "rojo=1")
        )
        func lines() -> String { String(decoding: context.lines(calling: 2, of: Self.id, settings), as: UTF8.self) }
        #expect(
            lines() == "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\ntracestate: rojo=1\r\n"
        )
        settings.url = "http://127.0.0.1:4318/v1/traces"
        let span = String(decoding: TraceContext.digits(TraceContext.span(2, of: Self.id)), as: UTF8.self)
        #expect(lines() == "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-\(span)-01\r\ntracestate: rojo=1\r\n")
    }

    @Test func beginsTracesForAShareOfRequests() {
        var generator = SystemRandomNumberGenerator()
        func sampled(_ share: Double) -> Int {
            (0..<4000).count { _ in
                let id = RequestID(unixMilliseconds: 1, using: &generator)
                return TraceContext(beginningWith: id, share: share).isSampled
            }
        }
        #expect(sampled(0) == 0)
        #expect(sampled(1) == 4000)
        // Six standard deviations.
        #expect((810...1190).contains(sampled(0.25)))
    }

    @Test func spansDiffer() {
        let spans = (0..<100).map { TraceContext.span($0, of: Self.id) }
        #expect(Set(spans).count == 100)
        #expect(!spans.contains(0))
    }
}
