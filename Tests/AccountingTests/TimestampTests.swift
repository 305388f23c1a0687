@testable import Accounting
import Domain
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2022-01-01 00:00:00", 1_640_995_200), ("2018-01-20T12:00Z", 1_516_449_600),
            ("2023-03-20T17:00:00.000Z", 1_679_331_600), ("2026-05-03T10:00:00+00:00", 1_777_802_400),
            ("2022-03-27T02:00:00+01:00", 1_648_342_800), ("2022-03-27T01:00:00Z", 1_648_342_800),
            ("2000-02-29T23:59:60Z", 951_868_800), ("1969-12-31T19:00:00-0500", 0), ("1970-01-01 01:00+01", 0),
        ] as [(String, Int64)]
    )
    func readsWhatSourcesWrite(text: String, seconds: Int64) {
        #expect(Timestamp.parse(ArraySlice(text.utf8))?.unixSeconds == seconds)
    }

    @Test(arguments: [
        "", "2022", "2022-13-01T00:00Z", "2022-00-01T00:00Z", "2022-02-30T00:00Z", "1900-02-29T00:00Z",
        "2022-01-01T24:00Z", "2022-01-01T00:60Z", "2022-01-01T00:00:61Z", "2022-01-01T00:00:00.Z", "2022-01-01T00:00ZZ",
        "2022-01-01T00:00+1", "2022-01-01T00:00+24:00", "2022-01-01T00:00+01:60", "2022-01-01T00:00:00 Z",
        "2022-1-1T00:00Z", "-022-01-01T00:00Z", "２０22-01-01T00:00Z",
    ])
    func refusesWhatIsNoTime(text: String) {
        #expect(Timestamp.parse(ArraySlice(text.utf8)) == nil)
    }

    @Test(arguments: 0..<200)
    func readsWhatItWrites(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let seconds = Int64.random(in: -62_167_219_200...253_402_300_799, using: &generator)
        let text = Timestamp.text(seconds)
        #expect(text.utf8.count == 20)
        let parsed = Timestamp.parse(ArraySlice(text.utf8))
        #expect(parsed?.unixSeconds == seconds)
        #expect(parsed?.hasOffset == true)
    }

    @Test func staysWithinFourDigitsOfYears() {
        #expect(Timestamp.text(.max) == "9999-12-31T23:59:59Z")
        #expect(Timestamp.text(.min) == "0000-01-01T00:00:00Z")
    }
}
