internal import Domain
internal import Glibc

/// The columns of an ``AdditiveModel``: what each hour contributes to each coefficient.
///
/// First come the trend's offset, slope and bends (of a flat trend the offset alone), then pairs of cosine and sine, then
/// holidays.
struct AdditiveDesign {
    /// Where the trend may bend, in shares of the history.
    let changepoints: [Double]
    /// How many of the columns are the trend's.
    let trendCount: Int
    /// How many columns there are.
    let count: Int

    private let start: Hour
    /// Hours that make up one unit of time.
    private let span: Double
    private let seasons: [(period: Double, harmonics: Int)]
    private let holidays: [Set<Day>]

    init(_ model: AdditiveModel, history: HourlySeries) {
        start = history.start
        span = Double(max(history.count - 1, 1))
        let bends = model.growth == .flat ? 0 : min(max(model.changepoints, 0), history.count / 2)
        changepoints = (0..<bends).map { model.changepointRange * Double($0 + 1) / Double(bends) }
        trendCount = model.growth == .flat ? 1 : 2 + bends
        let all = [
            (24.0, model.dailyHarmonics, 48), (168, model.weeklyHarmonics, 336),
            (8766, model.yearlyHarmonics, 2 * 8760),
        ]
        seasons = all.filter { history.count >= $0.2 }.map { ($0.0, $0.1) }
        // In the order of their names, so that the same holidays give the same sums.
        holidays = model.holidays.sorted { $0.key < $1.key }.map(\.value)
        count = trendCount + seasons.reduce(0) { $0 + 2 * $1.harmonics } + holidays.count
    }

    /// Writes what `hour` contributes to `row`, which has ``count`` places.
    func write(_ hour: Hour, to row: inout [Double]) {
        let time = Double(start.distance(to: hour)) / span
        row[0] = 1
        if trendCount > 1 {
            row[1] = time
            for (index, changepoint) in changepoints.enumerated() { row[2 + index] = max(0, time - changepoint) }
        }
        var column = trendCount
        for (period, harmonics) in seasons where harmonics > 0 {
            let angle = 2 * .pi * Double(hour.number) / period
            let (first, second) = (cos(angle), sin(angle))
            var (cosine, sine) = (first, second)
            for _ in 0..<harmonics {
                row[column] = cosine
                row[column + 1] = sine
                column += 2
                (cosine, sine) = (cosine * first - sine * second, sine * first + cosine * second)
            }
        }
        for days in holidays {
            row[column] = days.contains(hour.day) ? 1 : 0
            column += 1
        }
    }
}
