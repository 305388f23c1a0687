public import ArgumentParser
import Configuration
import Domain
import Foundation
import Gateway
import Ledger
public import Reporting

/// `switchyard report`: what the ledger says of spend, energy, carbon, latency, quality and savings.
struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print spend, tokens, energy, carbon, latency, quality and savings from the ledger.",
        discussion: "Works beside a running gateway: it only reads. Each table says below what its columns mean."
    )

    @OptionGroup var options: ConfigurationOptions
    @Option(
        help: "What to group by, separated by commas: \(Grouping.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var by = "model"
    @Option(
        help: """
            What to show, separated by commas, or full for all: \
            \(ReportSection.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )
    var section = ReportSection.overview.rawValue
    @Option(help: "Only requests from this day on, such as 2026-01-31, UTC.") var since: String?
    @Option(help: "Only requests before this day, UTC.") var until: String?
    @Option(help: "What a request may cost in USD, for the share that keeps to it.") var slaCost: Double?
    @Option(help: "How many milliseconds a request may take, for the share that keeps to it.") var slaLatency: Double?
    @Option(help: "text, csv or json.") var format = ReportFormat.text
    @Flag(help: "The same as --format json.") var json = false
    @Option(help: "Write everything, with charts, as a page to this file instead.") var html: String?
    @Option(help: "The ledger's file or postgresql URL; the configuration's if left out.") var ledger: String?

    func run() async throws {
        let groupings = try names(of: by, as: Grouping.self, "cannot group by")
        let sections =
            section == "full"
            ? ReportSection.allCases : try names(of: section, as: ReportSection.self, "there is no section")
        let format = json ? ReportFormat.json : format
        guard format != .csv || sections.count == 1 else { throw ValidationError("CSV holds one section") }
        let location = try ledger.map { LedgerLocation($0, password: nil) } ?? options.load().ledgerLocation
        let scope = try scope()
        let text: String
        do throws(LedgerError) {
            text = try LedgerReader(at: location).snapshot { snapshot throws(LedgerError) in
                var data = try ReportData(snapshot, by: groupings, in: scope)
                if html != nil { return try HTMLReport(from: &data).text }
                return try Reporting.Report(sections, from: &data, isWide: format != .text).rendered(as: format)
            }
        } catch {
            Console.error("switchyard: \(error)")
            throw ExitCode(1)
        }
        try write(text)
    }

    private func write(_ text: String) throws {
        guard let html else { return print(text, terminator: "") }
        try text.write(toFile: html, atomically: true, encoding: .utf8)
    }

    private func names<Name: RawRepresentable<String>>(
        of list: String,
        as _: Name.Type,
        _ complaint: String
    ) throws -> [Name] {
        try list.split(separator: ",").map { name in
            guard let known = Name(rawValue: String(name)) else { throw ValidationError("\(complaint) \"\(name)\"") }
            return known
        }
    }

    private func scope() throws -> ReportScope {
        var scope = ReportScope(since: try milliseconds(since), until: try milliseconds(until))
        if let slaCost {
            guard slaCost >= 0, let cost = Money(dollars: slaCost) else {
                throw ValidationError("--sla-cost is not an amount")
            }
            scope.costMax = cost
        }
        if let slaLatency {
            guard let microseconds = Int64(exactly: (slaLatency * 1000).rounded()), microseconds >= 0 else {
                throw ValidationError("--sla-latency is not a time")
            }
            scope.durationMicrosecondsMax = microseconds
        }
        return scope
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
