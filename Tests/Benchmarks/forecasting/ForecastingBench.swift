import Forecasting
import Foundation

/// Every method on the shared data sets, as JSON, with the series and origins, so that others can be run on the same.
///
///     ForecastingBench DATA [ORIGINS] > results.json
///
/// DATA is the planner's folder of data, ORIGINS how many origins a series has at most.
@main
enum ForecastingBench {
    /// One series and the part of it that is forecast.
    struct Case: Codable {
        var name: String
        var start: String
        var values: [Double]
        var origins: [Int]
        var horizon: Int
        var results: [Result]
    }

    /// What a method came to, over the first `lead` hours from each origin on.
    struct Result: Codable {
        var method: String
        var lead: Int
        var smape, mase, wape, mape: Double?
        var milliseconds: Double
        var millisecondsMin: Double
        /// How often what came was at each level or below.
        var coverage: [String: Double]
    }

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 1 else {
            FileHandle.standardError.write(Data("usage: ForecastingBench DATA [ORIGINS]\n".utf8))
            exit(64)
        }
        let count = arguments.count > 2 ? Int(arguments[2]) ?? 60 : 60
        var cases: [Case] = []
        for (name, series, first, horizon) in try Self.series(in: arguments[1]) {
            let test = Backtest(of: series, horizon: horizon, from: first, every: 24, originsMax: count)
            cases.append(measure(name, test))
        }
        cases.append(try m4(in: arguments[1]))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        FileHandle.standardOutput.write(try encoder.encode(cases))
    }

    /// Each series with its first origin and its horizon.
    ///
    /// Grids from 2023 on, after two years; demand after four weeks, or one.
    private static func series(in data: String) throws -> [(String, HourlySeries, Int, Int)] {
        var list: [(String, HourlySeries, Int, Int)] = []
        let grids = CarbonFolder(path: "\(data)/carbon")
        for zone in ["US-CAL-CISO", "DE-LU", "GB", "US-TEX-ERCO", "CA-ON", "IN-WE"] {
            list.append((zone, try grids.series(zone: zone, years: 2021...2023), 17_520, 168))
        }
        for region in ["eu-central-1", "us-east-1", "ap-southeast-2"] {
            let series = try SeriesFile().series(at: "\(data)/demand/wiki_\(region)_hourly.csv")
            // From midnight on, as all others.
            list.append(("wiki \(region)", series[series.start.advanced(by: 3)..<series.end], 672, 168))
        }
        for name in ["nyc_taxi", "bike_sharing", "worldcup98"] {
            list.append((name, try SeriesFile().series(at: "\(data)/demand/\(name)_hourly.csv"), 672, 168))
        }
        for name in ["m-small", "m-large"] {
            let series = try SeriesFile().series(at: "\(data)/demand/servegen_language_\(name)_hourly.csv")
            list.append(("servegen \(name)", series, 168, 24))
        }
        return list
    }

    private static func measure(_ name: String, _ test: Backtest) -> Case {
        var results: [Result] = []
        let methods: [(String, (HourlySeries, Int) -> Forecast?)] =
            (CombinedForecaster.usual + [AdditiveModel()]).map { method in
                (method.name, { method.forecast($0, horizon: $1).map { Forecast(start: Hour(number: 0), values: $0) } })
            } + [("combined", { CombinedForecaster().forecast($0, horizon: $1) })]
        for (method, forecast) in methods {
            let result = test.run(method, forecast)
            for (place, lead) in test.leads.enumerated() where result.skipped < test.origins.count {
                results.append(Result(result, place: place, lead: lead))
            }
        }
        return Case(
            name: name,
            start: "\(test.series.start)",
            values: test.series.values,
            origins: test.origins,
            horizon: test.horizon,
            results: results
        )
    }

    /// M4's hourly series, each with the one origin that the competition gave it; errors are means over series.
    private static func m4(in data: String) throws -> Case {
        let text = try String(contentsOfFile: "\(data)/forecast/m4_hourly.csv", encoding: .utf8)
        var sums: [String: (smape: Double, mase: Double, milliseconds: Double, least: Double, count: Double)] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: ",")
            guard fields.count == 3, let count = Int(fields[1]) else { continue }
            let values = fields[2].split(separator: " ").compactMap { Double($0) }
            let series = HourlySeries(start: Hour(number: 96), values: values)
            let test = Backtest(of: series, horizon: values.count - count, from: count, every: 1)
            for result in measure("", test).results where result.lead == test.horizon {
                let (smape, mase) = (result.smape ?? 0, result.mase ?? 0)
                let sum = sums[result.method] ?? (0, 0, 0, .infinity, 0)
                sums[result.method] = (
                    sum.smape + smape, sum.mase + mase, sum.milliseconds + result.milliseconds,
                    min(sum.least, result.millisecondsMin), sum.count + 1
                )
            }
        }
        let results = sums.sorted { $0.key < $1.key }.map { method, sum in
            Result(
                method: method,
                lead: 48,
                smape: sum.smape / sum.count,
                mase: sum.mase / sum.count,
                milliseconds: sum.milliseconds / sum.count,
                millisecondsMin: sum.least,
                coverage: [:]
            )
        }
        return Case(name: "M4 hourly", start: "", values: [], origins: [], horizon: 48, results: results)
    }
}

extension ForecastingBench.Result {
    fileprivate init(_ result: Backtest.Result, place: Int, lead: Int) {
        let errors = result.errors[place]
        self.init(
            method: result.name,
            lead: lead,
            smape: errors.smape,
            mase: errors.mase,
            wape: errors.wape,
            mape: errors.mape,
            milliseconds: result.milliseconds,
            millisecondsMin: result.millisecondsMin,
            coverage: Dictionary(uniqueKeysWithValues: result.coverage[place].shares.map { ("\($0.level)", $0.share) })
        )
    }
}
