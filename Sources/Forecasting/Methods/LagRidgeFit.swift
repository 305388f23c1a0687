internal import LinearAlgebra

/// The models of a ``LagRidge`` while they are learned and applied.
struct LagRidgeFit {
    /// An origin that is learned from.
    struct Row {
        let origin: Int
        /// The same without its shift by an hour, which tells the day of the week.
        let dayOrigin: Int
    }

    private static let lags = 24
    /// The last hours, the means of seven days and two weeks, the day of the week, and a constant.
    private static let sharedCount = lags + 6 + 2 + 7 + 1
    /// What a day of the week weighs, beside values whose deviation is 1.
    private static let dayWeight = 1.0

    private let series: HourlySeries
    private let rows: [Row]
    private let penalty: Double
    /// What lies here or behind is not learned from.
    private let until: Int
    /// The values' distances from their mean, in deviations.
    private let values: [Double]
    private let mean: Double
    private let scale: Double
    /// Sums of the values before each hour.
    private let sums: [Double]
    /// What forecasts are held within: what has been, and a quarter more either way.
    private let bounds: ClosedRange<Double>
    /// Columns that leads share, each over all rows.
    private let shared: [[Double]]

    init(_ series: HourlySeries, rows: [Row], penalty: Double, until: Int) {
        self.series = series
        self.rows = rows
        self.penalty = penalty
        self.until = until
        let recent = series.values[max(0, until - 24 * 56)..<until]
        let mean = recent.reduce(0, +) / Double(max(recent.count, 1))
        let variance = recent.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(recent.count, 1))
        // Of what never varies, any scale is as good.
        let scale = variance > 0 ? variance.squareRoot() : 1
        (self.mean, self.scale) = (mean, scale)
        let values = series.values.map { ($0 - mean) / scale }
        self.values = values
        var sums = [0.0]
        sums.reserveCapacity(values.count + 1)
        for value in values { sums.append(sums[sums.count - 1] + value) }
        self.sums = sums
        let (low, high) = (recent.min() ?? 0, recent.max() ?? 0)
        let room = (high - low) / 4
        // What was never negative stays so.
        bounds = (low >= 0 ? max(0, low - room) : low - room)...high + room
        var shared = [[Double]](repeating: [], count: Self.sharedCount)
        for index in shared.indices { shared[index].reserveCapacity(rows.count) }
        for row in rows {
            let cells = Self.sharedCells(values, sums, origin: row.origin, weekday: Self.weekday(series, row.dayOrigin))
            for (column, cell) in cells.enumerated() { shared[column].append(cell) }
        }
        self.shared = shared
    }

    private static func weekday(_ series: HourlySeries, _ origin: Int) -> Int {
        series.start.advanced(by: origin).hourOfWeek / 24
    }

    private static func sharedCells(_ values: [Double], _ sums: [Double], origin: Int, weekday: Int) -> [Double] {
        var cells: [Double] = []
        cells.reserveCapacity(sharedCount)
        for lag in 1...lags { cells.append(values[origin - lag]) }
        for day in 1..<7 { cells.append((sums[origin - 24 * day] - sums[origin - 24 * (day + 1)]) / 24) }
        for week in 0..<2 { cells.append((sums[origin - 168 * week] - sums[origin - 168 * (week + 1)]) / 168) }
        for day in 0..<7 { cells.append(day == weekday ? dayWeight : 0) }
        cells.append(1)
        return cells
    }

    /// The values a week and two weeks before the hour ahead, or as many weeks before as are known.
    ///
    /// That of a day before is among the last hours, which all leads share.
    private static func ownPlaces(lead: Int) -> [Int] {
        let week = 168 * (lead / 168 + 1)
        let fortnight = week + 168 - lead <= LagRidge.reach ? week + 168 : week
        return [lead - week, lead - fortnight]
    }

    /// A forecast from each origin.
    func forecasts(from origins: [Int], horizon: Int) -> [[Double]] {
        let cells = origins.map { origin in
            Self.sharedCells(values, sums, origin: origin, weekday: Self.weekday(series, origin))
        }
        var forecasts = origins.map { _ in [Double](repeating: 0, count: horizon) }
        var products: SharedProducts?
        for lead in 0..<horizon {
            let known = knownRows(lead: lead)
            if products?.rowCount != known { products = SharedProducts(shared, rowCount: known, penalty: penalty) }
            let places = Self.ownPlaces(lead: lead)
            let coefficients = products.flatMap { self.coefficients($0, lead: lead, places: places) }
            for (index, origin) in origins.enumerated() {
                guard let coefficients else {
                    // So far ahead that no row has seen it: as on the day before.
                    forecasts[index][lead] = lead < 24 ? series.values[origin - 24 + lead] : forecasts[index][lead - 24]
                    continue
                }
                var value = 0.0
                for (column, cell) in cells[index].enumerated() { value += coefficients[column] * cell }
                for (own, place) in places.enumerated() {
                    value += coefficients[Self.sharedCount + own] * values[origin + place]
                }
                forecasts[index][lead] = min(max(mean + value * scale, bounds.lowerBound), bounds.upperBound)
            }
        }
        return forecasts
    }

    /// How many rows, from the oldest, have seen their hour ahead: whole days of them, so that leads of a day share.
    private func knownRows(lead: Int) -> Int {
        let lastLead = lead / 24 * 24 + 23
        guard let index = rows.firstIndex(where: { $0.origin + lastLead >= until }) else { return rows.count }
        // The rows of a day come together, so those before it are whole days.
        let day = rows[index].dayOrigin
        return rows[..<index].lastIndex { $0.dayOrigin != day }.map { $0 + 1 } ?? 0
    }

    private func coefficients(_ products: SharedProducts, lead: Int, places: [Int]) -> [Double]? {
        let count = products.rowCount
        guard count > 0 else { return nil }
        let own = places.map { place in rows[..<count].map { values[$0.origin + place] } }
        let target = rows[..<count].map { values[$0.origin + lead] }
        return products.solve(own: own, target: target)
    }
}

/// The products of the columns that leads share, over the rows that a day of leads knows.
private struct SharedProducts {
    let rowCount: Int
    private let columns: [Column]
    private let penalty: Double
    /// The factor of their products; `nil` if there is none.
    private let factor: Cholesky?

    init(_ columns: [[Double]], rowCount: Int, penalty: Double) {
        self.rowCount = rowCount
        self.penalty = penalty
        let columns = columns.map { Column($0, count: rowCount) }
        self.columns = columns
        let size = columns.count
        var matrix = [Double](repeating: 0, count: size * size)
        for row in 0..<size {
            for column in 0...row { matrix[row * size + column] = columns[row].product(columns[column]) }
            // The constant, the last column, is free but for what keeps the factor sound.
            matrix[row * size + row] += row == size - 1 ? 1e-9 : penalty
        }
        factor = Cholesky(matrix, size: size)
    }

    /// The coefficients of shared and own columns with the least squared error; `nil` if there are none.
    func solve(own: [[Double]], target: [Double]) -> [Double]? {
        guard let factor else { return nil }
        var all = columns
        var rows: [[Double]] = []
        for values in own {
            let column = Column(values)
            all.append(column)
            rows.append(all.map { column.product($0) })
        }
        guard let whole = Cholesky(extending: factor, by: rows, ridge: penalty) else { return nil }
        let right = Column(target)
        var solution = all.map { $0.product(right) }
        whole.solve(&solution)
        return solution
    }
}
