public import ArgumentParser
import Configuration
import Foundation
public import Ledger

/// `switchyard report`: what the ledger says of spend, tokens, latency and success.
struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print spend, tokens, latency and success from the ledger.",
        discussion: "Works beside a running gateway: it only reads."
    )

    @OptionGroup var options: ConfigurationOptions
    @Option(
        help: "What to group by, separated by commas: \(Grouping.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var by = "model"
    @Option(help: "Only requests from this day on, such as 2026-01-31, UTC.") var since: String?
    @Option(help: "Only requests before this day, UTC.") var until: String?
    @Option(help: "text, csv or json.") var format = ReportFormat.text
    @Flag(help: "The same as --format json.") var json = false
    @Option(help: "The ledger's file; the configuration's if left out.") var ledger: String?

    func run() async throws {
        let groupings = try by.split(separator: ",").map { name in
            guard let grouping = Grouping(rawValue: String(name)) else {
                throw ValidationError("cannot group by \"\(name)\"")
            }
            return grouping
        }
        let path = try ledger ?? options.load().settings.ledgerPath
        let (first, end) = (try milliseconds(since), try milliseconds(until))
        do throws(LedgerError) {
            let rows = try LedgerReader(path: path).report(by: groupings, since: first, until: end)
            print(ReportTable(groupings: groupings, rows: rows).rendered(as: json ? .json : format))
        } catch {
            Console.error("switchyard: \(error)")
            throw ExitCode(1)
        }
    }

    private func milliseconds(_ day: String?) throws -> Int64? {
        guard let day else { return nil }
        let style = Date.ISO8601FormatStyle().year().month().day()
        guard let date = try? style.parse(day) else {
            throw ValidationError("\"\(day)\" is not a day: write 2026-01-31")
        }
        return Int64(date.timeIntervalSince1970 * 1000)
    }
}

extension ReportFormat: ExpressibleByArgument {}
