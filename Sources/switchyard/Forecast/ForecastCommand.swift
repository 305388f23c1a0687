public import Accounting
public import ArgumentParser
import Domain
import Forecasting
import Foundation
import Reporting

/// `switchyard forecast`: what is expected of demand, or of a grid, with what such forecasts were worth.
struct ForecastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast",
        abstract: "Forecast demand, prices or grid intensity from a CSV file, and backtest the methods.",
        discussion: """
            The file has a time (ds) and a value (y) a row, or is one of Electricity Maps' hourly files. Gaps are filled and \
            counted. The backtest forecasts the last days again by every method, each from what lay before; text and JSON \
            show it with the forecast, CSV has the forecast alone.
            """
    )

    @Argument(help: "A CSV file, or a made-up demand such as daily_e6.") var file: String
    @Option(help: "How many hours to forecast, 1 to 8784.") var horizon = 168
    @Option(
        help: "How to forecast: \(ForecastMethod.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var method = ForecastMethod.combined
    @Option(help: "The last days that the backtest forecasts again; 0 leaves it out.") var backtestDays = 28
    @Option(help: "The column of the values; y, rps or the intensity if left out.") var column: String?
    @Option(help: "Where clocks show the file's times, such as Europe/Berlin; UTC if left out.") var timeZone: String?
    @Option(help: "Which emissions of a grid count: life_cycle or direct.")
    var scope = ElectricityMapsCSV.Scope.lifeCycle
    @Flag(help: "Take values below 0, such as prices.") var negative = false
    @Option(help: "Keep forecasts in this folder, and take them from there; several machines can share it.")
    var cache: String?
    @Option(help: "text, csv or json.") var format = ReportFormat.text
    @Option(name: [.customLong("report"), .long], help: "Write a page with charts to this file too.")
    var html: String?
    @OptionGroup var additive: AdditiveOptions

    func validate() throws {
        guard (1...8784).contains(horizon) else { throw ValidationError("--horizon is 1 to 8784 hours") }
        guard (0...3660).contains(backtestDays) else { throw ValidationError("--backtest-days is 0 to 3660") }
    }

    func run() async throws {
        do {
            try forecast()
        } catch let error as SeriesError {
            Console.error("switchyard: \(error.message)")
            throw ExitCode(1)
        } catch let error as OutputFile.Unwritable {
            Console.error("switchyard: \(error.message)")
            throw ExitCode(1)
        }
    }

    private func forecast() throws {
        let series = try series()
        if series.filledCount > 0 {
            Console.error("switchyard: \(series.filledCount) of \(series.count) hours had no value and were filled in")
        }
        let model = try additive.model()
        let combination = try combination(of: series, model)
        let results = backtest(of: series, model)
        let report = ForecastReport(
            name: URL(filePath: file).lastPathComponent,
            series: series,
            combination: combination,
            results: results
        )
        print(report.rendered(as: format), terminator: "")
        if let html { try OutputFile.write(report.page, to: html) }
    }

    private func series() throws(SeriesError) -> HourlySeries {
        if !FileManager.default.fileExists(atPath: file), let demand = try? SyntheticDemand(file) {
            let today = Hour(Day(unixMilliseconds: Int64(Date.now.timeIntervalSince1970 * 1000)))
            return demand.series(over: today.advanced(by: -24 * 90)..<today, seed: 42)
        }
        var reader = SeriesFile()
        reader.column = column
        reader.timeZone = timeZone
        reader.scope = scope
        if negative { reader.lowest = -.infinity }
        return try reader.series(at: file)
    }

    /// The forecast, from the cache if it is there; a cache that cannot be written is complained of and done without.
    private func combination(of series: HourlySeries, _ model: AdditiveModel) throws -> Combination {
        let make = { method.combination(of: series, horizon: horizon, model) }
        guard let cache = cache.map(ForecastCache.init(folder:)) else { return make() }
        let words = "\(method.rawValue) \(AdditiveOptions.words(of: model)) \(Version.current)"
        let key = ForecastCache.key(series: series, method: words, horizon: horizon)
        if let forecast = cache.forecast(for: key) { return Combination(forecast: forecast) }
        let made = make()
        do throws(SeriesError) {
            try cache.keep(made.forecast, for: key)
        } catch {
            Console.error("switchyard: \(error.message)")
        }
        return made
    }

    /// What each method came to on the last days.
    private func backtest(of series: HourlySeries, _ model: AdditiveModel) -> [Backtest.Result] {
        let lead = min(horizon, 168)
        let first = max(series.count - 24 * backtestDays - lead, 48)
        guard backtestDays > 0, first + lead <= series.count else { return [] }
        let test = Backtest(of: series, horizon: lead, from: first, every: 24)
        var bar = ProgressBar("backtest", unit: "forecasts")
        var done = 0
        let total = test.origins.count * ForecastMethod.allCases.count
        let results = ForecastMethod.allCases.map { method in
            test.run(
                method.rawValue,
                progress: {
                    done += 1
                    bar.show(Double(done) / Double(total), count: done)
                },
                { method.forecast($0, horizon: $1, model) }
            )
        }
        bar.end()
        return results.filter { $0.skipped < test.origins.count }
    }
}

extension ElectricityMapsCSV.Scope: ExpressibleByArgument {}
