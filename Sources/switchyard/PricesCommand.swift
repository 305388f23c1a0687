import ArgumentParser
import Configuration
import Domain
import Reporting

/// `switchyard prices`: the price list, before it is used and in force.
struct Prices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a price list, or show what every model charges.",
        subcommands: [CheckList.self, Show.self]
    )

    /// Checks a file before it is used.
    struct CheckList: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Check a price list against its bounds and against the last good one.",
            discussion: """
                Reads USD per million tokens by model, or LiteLLM's map of models. Exit code 1 if the file cannot be used, \
                or if a price of a model in the registry is refused.
                """
        )

        @Argument(help: "The list, a JSON file.") var file: String
        @OptionGroup var options: ConfigurationOptions

        func run() async throws {
            let configuration = try options.load()
            let settings = configuration.settings
            let read: PriceList
            do throws(PriceListError) {
                read = try PriceList(path: file)
            } catch {
                Console.error("switchyard: \(file) \(error)")
                throw ExitCode(1)
            }
            let last = try? PriceList(path: settings.lastGoodPricesPath)
            let list = read.vetted(against: last, factorMax: settings.prices.changeFactorMax)
            for refusal in list.refusals { Console.error("refused: \(refusal)") }
            let models = configuration.catalogue.models
            let priced = models.filter { list.prices(for: $0) != nil }
            print("\(list.models.count) models have prices, \(list.refusals.count) were refused")
            print("\(priced.count) of the registry's \(models.count) models are priced by it")
            if last == nil { print("there is no last good list to hold it to") }
            if models.contains(where: list.refusesPrice(for:)) { throw ExitCode(1) }
        }
    }

    /// Shows what is in force.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what every model charges, USD per million tokens, and where that is from."
        )

        @OptionGroup var options: ConfigurationOptions
        @Option(help: "text, csv or json.") var format = ReportFormat.text

        func run() async throws {
            let configuration = try options.load()
            for warning in configuration.warnings where warning.keyPath == "prices.file" { Console.error("\(warning)") }
            let version = configuration.catalogue.priceVersion
            let kinds = TokenPrices.free.members.map(\.name)
            let lines = configuration.catalogue.models.map { model in
                let isListed = configuration.priceList?.prices(for: model) != nil
                return [ReportTable.Cell.text(model.id.rawValue)]
                    + model.prices.members.map { .number($0.dollarsPerMillion) }
                    + [.text(isListed ? "list" : "registry"), .text(version)]
            }
            let table = ReportTable(
                title: "Prices in force",
                header: ["model"] + kinds + ["source", "price_version"],
                lines: lines,
                notes: ["USD per million tokens."]
            )
            print(table.rendered(as: format), terminator: "")
        }
    }
}
