import Accounting
import ArgumentParser
import Configuration
import Domain
import Foundation
import Gateway
import Ledger
import Reporting

/// `switchyard reconcile`: the ledger beside a provider's invoice, line by line.
struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the ledger with a provider's export of usage or costs.",
        discussion: """
            Reads CSV: OpenAI's and Anthropic's exports, or any with columns such as model, date, input_tokens, \
            output_tokens, cached_tokens and cost_usd; --columns names others. Days are UTC. The days of the invoice count, \
            unless --from and --to say others. Exit code 1 where a line does not agree within the tolerance, or cannot be read.
            """
    )

    @Argument(help: "The export, a CSV file.") var invoice: String
    @OptionGroup var options: ConfigurationOptions
    @Option(help: "What a line stands for, separated by commas: model, day, key.") var by = "model"
    @Option(help: "The first day, such as 2026-01-31.") var from: String?
    @Option(help: "The last day.") var to: String?
    @Option(
        parsing: .upToNextOption,
        help:
            "Columns by what they hold, such as cost_usd=Betrag: \(InvoiceColumn.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var columns: [String] = []
    @Option(help: "The share by which figures may differ, such as 0.005.") var tolerance = 0.005
    @Option(help: "US dollars by which the costs of a line may differ in any case.") var toleranceUsd = 0.0
    @Flag(help: "Count the answers of simulated models, too.") var includeSimulated = false
    @Option(help: "text, csv or json.") var format = ReportFormat.text
    @Option(help: "The ledger's file; the configuration's if left out.") var ledger: String?

    func validate() throws {
        guard tolerance >= 0, tolerance < 1 else { throw ValidationError("--tolerance is a share, from 0 to below 1") }
        guard toleranceUsd >= 0, toleranceUsd < 1e9 else { throw ValidationError("--tolerance-usd is an amount") }
        _ = (try dimensions, try named, try day(from), try day(to))
    }

    func run() async throws {
        let configuration = try options.load()
        let invoice = try readInvoice()
        for fault in invoice.faults { Console.error("\(self.invoice):\(fault.line): \(fault.reason)") }
        let days = try period(of: invoice)
        let names = ModelNames(configuration.catalogue)
        let dimensions = try dimensions
        let theirs = invoice.figures(by: dimensions, days: days, modelNamed: names.name(ofInvoiced:))
        let ours: [[String]: Reconciliation.Figures]
        do throws(LedgerError) {
            let location = ledger.map { LedgerLocation($0, password: nil) } ?? configuration.ledgerLocation
            let rows = try LedgerReader(at: location).usage(
                since: days.map { Int64($0.lowerBound.number) * 86_400_000 },
                until: days.map { Int64($0.upperBound.number + 1) * 86_400_000 },
                includesSimulated: includeSimulated
            )
            ours = figures(of: rows, by: dimensions, names)
        } catch {
            Console.error("switchyard: \(error)")
            throw ExitCode(1)
        }
        let limit = Reconciliation.Tolerance(share: tolerance, money: Money(dollars: toleranceUsd) ?? .zero)
        let reconciliation = Reconciliation(ledger: ours, invoice: theirs, tolerance: limit)
        print(table(of: reconciliation, by: dimensions).rendered(as: format), terminator: "")
        if !reconciliation.agrees || !invoice.faults.isEmpty { throw ExitCode(1) }
    }

    // MARK: Arguments

    private var dimensions: [Reconciliation.Dimension] {
        get throws {
            try by.split(separator: ",").map { name in
                guard let dimension = Reconciliation.Dimension(rawValue: String(name)) else {
                    throw ValidationError("cannot compare by \"\(name)\"")
                }
                return dimension
            }
        }
    }

    private var named: [InvoiceColumn: String] {
        get throws {
            try columns.reduce(into: [:]) { named, pair in
                let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2, let column = InvoiceColumn(rawValue: parts[0]) else {
                    throw ValidationError("\"\(pair)\" names no column: write \(InvoiceColumn.cost.rawValue)=NAME")
                }
                named[column] = parts[1]
            }
        }
    }

    private func day(_ text: String?) throws -> Day? {
        guard let text else { return nil }
        guard let day = Day(text) else { throw ValidationError("\"\(text)\" is not a day: write 2026-01-31") }
        return day
    }

    private func period(of invoice: Invoice) throws -> ClosedRange<Day>? {
        let (first, last) = (try day(from), try day(to))
        guard first != nil || last != nil || invoice.days != nil else { return nil }
        let lower = first ?? invoice.days?.lowerBound ?? Day(number: 0)
        let upper = last ?? invoice.days?.upperBound ?? Day(number: 1_000_000)
        guard lower <= upper else { throw ValidationError("--to is before --from") }
        return lower...upper
    }

    private func readInvoice() throws -> Invoice {
        let data = try Data(contentsOf: URL(filePath: invoice))
        let (named, dimensions) = (try named, try dimensions)
        do throws(InvoiceError) {
            let read = try Invoice(Array(data), named: named)
            for dimension in dimensions where !read.columns.contains(dimension.column) {
                throw InvoiceError.noColumn(dimension.column.rawValue)
            }
            return read
        } catch {
            Console.error("switchyard: \(invoice): \(error); name it with --columns")
            throw ExitCode(1)
        }
    }

    // MARK: The ledger's side

    private func figures(
        of rows: [UsageRow],
        by dimensions: [Reconciliation.Dimension],
        _ names: ModelNames
    ) -> [[String]: Reconciliation.Figures] {
        let pairs = rows.map { row in
            let group = dimensions.map { dimension in
                switch dimension {
                case .model: names.name(of: row.model)
                case .day: Day(number: row.day).description
                case .key: row.keyID
                }
            }
            return (group, Reconciliation.Figures(row))
        }
        return Dictionary(pairs, uniquingKeysWith: { $0 + $1 })
    }

    private func table(of reconciliation: Reconciliation, by dimensions: [Reconciliation.Dimension]) -> ReportTable {
        let figures = [
            "ledger_input", "invoice_input", "ledger_cached", "invoice_cached", "ledger_output", "invoice_output",
            "ledger_usd", "invoice_usd", "difference_usd", "verdict",
        ]
        let lines = reconciliation.lines.map { $0.cells(named: $0.group) }
        let total = reconciliation.total.cells(named: ["total"] + Array(repeating: "", count: dimensions.count - 1))
        return ReportTable(
            title: "The ledger beside the invoice",
            header: dimensions.map(\.rawValue) + figures,
            lines: lines + [total],
            notes: [
                "Tokens are counted by attempts; input includes what was cached. The difference is the ledger's less the invoice's."
            ]
        )
    }
}

extension Reconciliation.Dimension {
    /// The column that an invoice needs for it.
    fileprivate var column: InvoiceColumn {
        switch self {
        case .model: .model
        case .day: .date
        case .key: .key
        }
    }
}

extension Reconciliation.Figures {
    fileprivate init(_ row: UsageRow) {
        self.init(input: row.usage.input, cached: row.usage.cachedInput, output: row.usage.output, cost: row.cost)
    }
}

extension Reconciliation.Line {
    fileprivate func cells(named names: [String]) -> [ReportTable.Cell] {
        func count(_ number: Int?) -> ReportTable.Cell { number.map { .number("\($0)") } ?? .none }
        func amount(_ money: Money?) -> ReportTable.Cell { money.map { .number($0.description) } ?? .none }
        let pairs = [\Reconciliation.Figures.input, \.cached, \.output].flatMap { kind in
            [count(ledger?[keyPath: kind]), count(invoice?[keyPath: kind])]
        }
        let isCosted = ledger?.cost != nil && invoice?.cost != nil
        return names.map { .text($0) } + pairs + [
            amount(ledger?.cost), amount(invoice?.cost), amount(isCosted ? difference : nil), .text(verdict.rawValue),
        ]
    }
}
