import Accounting

extension RoutingReward {
    /// The rewards of `models`, whose demands a CSV file has: model, carbon, cost, latency.
    ///
    /// - Throws: ``DataError`` with the line that is wrong, or for a model that has none.
    public init(demands path: String, models: [String]) throws(DataError) {
        var demands: [String: Demands] = [:]
        for record in CSVReader(try DataSetFile.bytes(at: path)) {
            let fields: [String]
            do throws(CSVRecord.Fault) { fields = try record.fields.get() } catch {
                throw .malformed(path: path, line: record.line, reason: error.rawValue)
            }
            if fields.first == "model" { continue }
            let numbers = fields.dropFirst().compactMap(Float.init)
            guard fields.count == 4, numbers.count == 3, numbers.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
                let reason = "a model and three numbers that aren't negative are expected"
                throw .malformed(path: path, line: record.line, reason: reason)
            }
            demands[fields[0]] = Demands(carbon: numbers[0], cost: numbers[1], latency: numbers[2])
        }
        var ordered: [Demands] = []
        for model in models {
            guard let found = demands[model] else {
                throw .unreadable(path: path, reason: "it has no line for the model \(model)")
            }
            ordered.append(found)
        }
        self.init(ordered)
    }
}
