import Accounting
import Domain
import Testing

@Suite struct InvoiceTests {
    private func invoice(_ csv: String, named: [InvoiceColumn: String] = [:]) throws -> Invoice {
        try Invoice(Array(csv.utf8), named: named)
    }

    @Test func readsOpenAIsUsageExport() throws {
        let invoice = try invoice(
            """
            start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,\
            service_tier,input_tokens,output_tokens,input_cached_tokens,input_audio_tokens,output_audio_tokens
            1767225600,1767312000,2026-01-01T00:00:00+00:00,2026-01-02T00:00:00+00:00,proj_1,3,,key_a,gpt-4o-2024-08-06,\
            False,default,1200,340,512,0,0
            """
        )
        let line = try #require(invoice.lines.first)
        #expect((line.model, line.key, line.day?.description) == ("gpt-4o-2024-08-06", "key_a", "2026-01-01"))
        #expect((line.input, line.cached, line.output, line.cost) == (1200, 512, 340, nil))
        #expect(invoice.faults.isEmpty)
    }

    @Test func readsOpenAIsCosts() throws {
        let invoice = try invoice(
            """
            start_time,end_time,amount_value,amount_currency,line_item,project_id
            1767225600,1767312000,0.005615,usd,"gpt-4o-2024-08-06, input",proj_1
            1767225600,1767312000,1.2e-05,usd,"gpt-4o-2024-08-06, output",proj_1
            """
        )
        #expect(invoice.lines.map(\.model) == ["gpt-4o-2024-08-06", "gpt-4o-2024-08-06"])
        #expect(invoice.lines.map(\.cost?.nanodollars) == [5_615_000, 12_000])
        #expect(invoice.lines.map(\.day?.number) == [20454, 20454])
        #expect(invoice.lines.allSatisfy { $0.input == nil && $0.output == nil })
    }

    /// Its input leaves the cache out.
    @Test func readsAnthropicsExport() throws {
        let invoice = try invoice(
            """
            usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,\
            usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,\
            usage_output_tokens,web_search_count
            2026-01-01,claude-sonnet-4-5,app,Default,Standard,<= 200k,21,188000,86,50000,393,0
            """
        )
        let line = try #require(invoice.lines.first)
        #expect((line.input, line.cached, line.output) == (238_107, 50_000, 393))
        #expect((line.model, line.key) == ("claude-sonnet-4-5", "app"))
    }

    @Test func readsWhatPeopleWrite() throws {
        let invoice = try invoice(
            "Model;Day;Prompt Tokens;Completion tokens;Cost (USD)\n\"m\";2026/01/31;1,234;5.0;\"$1,234.56\"\nn;20260131;;;\n"
        )
        #expect(invoice.lines.map(\.input) == [1234, 0])
        #expect(invoice.lines.map(\.output) == [5, 0])
        #expect(invoice.lines.map(\.cost?.nanodollars) == [1_234_560_000_000, 0])
        #expect(invoice.lines.map(\.day?.description) == ["2026-01-31", "2026-01-31"])
    }

    @Test func columnsMayBeNamed() throws {
        let csv = "Modell,Betrag,input\nm,0.5,7\n"
        let invoice = try invoice(csv, named: [.model: "modell", .cost: "Betrag"])
        #expect(invoice.lines.map(\.cost?.dollars) == [0.5])
        #expect(throws: InvoiceError.noColumn("Preis")) { try self.invoice(csv, named: [.cost: "Preis"]) }
    }

    /// Each bad line is told by its number and what is wrong; the others count.
    @Test func badLinesAreToldAndLeftOut() throws {
        let invoice = try invoice(
            "model,date,input_tokens,cost_usd\na,2026-01-01,1,1\nb,yesterday,1,1\nc,2026-02-30,1,1\nd,2026-01-01,-1,1\n"
                + "e,2026-01-01,1.5,1\nf,2026-01-01,1,1.x\n\"g\"g,2026-01-01,1,1\nh,,1,1\ni,2026-01-02,2,2\n"
        )
        #expect(invoice.lines.map(\.line) == [2, 10])
        #expect(invoice.faults.map(\.line) == [3, 4, 5, 6, 7, 8, 9])
        #expect(invoice.faults.first?.reason == "date: \"yesterday\" is no day")
        #expect(invoice.faults[5].reason == "text follows a closing quote")
    }

    @Test func whatIsNoInvoiceIsRefused() {
        #expect(throws: InvoiceError.noHeader) { try invoice("") }
        #expect(throws: InvoiceError.nothingToCompare) { try invoice("model,date\nm,2026-01-01\n") }
        #expect(throws: InvoiceError.tooManyLines(1)) { try Invoice(Array("input\n1\n2\n".utf8), linesMax: 1) }
    }

    /// No bytes make it trap, and each line is either read or told.
    @Test(arguments: 0..<100)
    func survivesAnyLines(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["1", "-", "e", "9999999999999999999", ".", "\"", ",", "2026-01-01", "$", "NaN", "é", " "]
        var text = "model,date,input_tokens,output_tokens,cached_tokens,cost_usd\n"
        for _ in 0..<30 {
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                text += pieces.randomElement(using: &generator) ?? ""
            }
            text += "\n"
        }
        let invoice = try invoice(text)
        #expect(invoice.lines.count + invoice.faults.count >= 1)
        #expect(invoice.lines.allSatisfy { ($0.input ?? 0) >= 0 && ($0.output ?? 0) >= 0 })
    }
}

@Suite struct DayTests {
    @Test(arguments: [
        ("1970-01-01", 0), ("2000-02-29", 11016), ("2026-01-31", 20484), ("2026-01-31T23:59:59Z", 20484),
        ("2026-01-31 00:00", 20484), ("20260131", 20484), ("1767225600", 20454), ("2026/01/31", 20484),
    ])
    func readsDays(text: String, number: Int) {
        #expect(Day(text)?.number == number)
    }

    @Test(arguments: [
        "", "2026", "2026-1-31", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-01-311", "x026-01-01",
        "31.01.2026",
    ])
    func readsNothingElse(text: String) {
        #expect(Day(text) == nil)
    }

    /// Every day of 800 years, there and back.
    @Test func writesWhatItReads() {
        for number in stride(from: -25_567, to: 270_000, by: 1) {
            let day = Day(number: number)
            #expect(Day(day.description) == day)
        }
    }
}

@Suite struct MoneyDecimalTests {
    @Test(
        arguments: [
            ("0", 0), ("1", 1_000_000_000), ("$1,234.56", 1_234_560_000_000), ("-0.5", -500_000_000),
            (".5", 500_000_000),
            ("1.2e-05", 12_000), ("5E-10", 1), ("4.9e-10", 0), ("0.0000000005", 1), ("0.00000000049", 0),
            ("0.1234567895", 123_456_790), ("1e3", 1_000_000_000_000), ("0.30000000000000000000000000001", 300_000_000),
            ("9223372036.854775807", .max), ("0e99", 0),
        ] as [(String, Int64)]
    )
    func readsDecimalsExactly(text: String, nanodollars: Int64) {
        #expect(Money(decimal: text)?.nanodollars == nanodollars)
    }

    @Test(arguments: [
        "", "-", "$", ".", "1.2.3", "1e", "e5", "1x", "NaN", "inf", "--1", "1.2,3", "99999999999", "1e12", "1e1000",
        "99999999999999999999",
    ])
    func readsNothingElse(text: String) {
        #expect(Money(decimal: text) == nil)
    }
}
