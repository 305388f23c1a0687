internal import Configuration

/// What a request asks to go wrong, by model: `sim-small=cut:3; *=ok`, or one sequence for all models.
///
/// The sequence runs over the attempts at one request, which the gateway marks with one `x-request-id`.
struct FaultScript {
    /// For models that are not named, too, where the model is `nil`.
    private let clauses: [(model: Substring?, sequence: SimulatedFaultSequence)]

    /// Reads a script; `nil` if it makes no sense.
    init?(_ text: String) {
        var clauses: [(model: Substring?, sequence: SimulatedFaultSequence)] = []
        for clause in text.split(separator: ";") {
            // Names have no equals sign, but faults may have one behind their colon.
            let nameEnd = clause.firstIndex { $0 == "=" || $0 == ":" || $0 == "," }
            let hasName = nameEnd.map { clause[$0] == "=" } ?? false
            let name = hasName ? nameEnd.map { clause[..<$0].drop { $0 == " " } } : nil
            let list = hasName ? nameEnd.map { clause[$0...].dropFirst() } ?? clause : clause
            guard let sequence = SimulatedFaultSequence(list) else { return nil }
            clauses.append((name == "*" ? nil : name, sequence))
        }
        guard !clauses.isEmpty, clauses.count <= 100 else { return nil }
        self.clauses = clauses
    }

    /// What attempt `number` at `model`, from 0, meets; `nil` where the script says nothing.
    func fault(for model: String, attempt number: UInt64) -> SimulatedFault? {
        let clause = clauses.first { $0.model.map { $0 == model } ?? false } ?? clauses.first { $0.model == nil }
        return clause?.sequence[number]
    }
}
