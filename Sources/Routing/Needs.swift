internal import Domain

/// A request in the terms of ``ModelProfile``, worked out once for all models.
struct Needs {
    let endpoint: UInt8
    let features: UInt8
    let capability: Capability?
    let capabilities: UInt16
    let inputTokens: Int
    let outputTokens: Int
    /// Tokens that the answer may take, and with the prompt.
    let outputTokensMax: Int
    let contextTokens: Int
    /// The limits; what no model can miss where none is set.
    let cost: Money
    let latency: Int64
    let quality: Double
    let carbonGrams: Double

    init(_ request: RoutingRequest) {
        endpoint = 1 << UInt8(request.endpoint.ordinal)
        features = request.features.reduce(0) { $0 | 1 << UInt8($1.ordinal) }
        capability = request.capability
        capabilities = request.capability.map { 1 << UInt16($0.ordinal) } ?? 0
        inputTokens = request.inputTokens
        outputTokens = request.outputTokens
        outputTokensMax = request.outputTokensMax ?? request.outputTokens
        contextTokens = Self.sum(inputTokens, outputTokensMax)
        cost = request.constraints.maxCost ?? .max
        latency = request.constraints.maxLatency?.nanoseconds ?? .max
        quality = request.constraints.requiredQuality ?? -.infinity
        carbonGrams = request.constraints.maxCarbonGrams ?? .infinity
    }

    /// Which of the constraints a model with these expectations misses.
    func misses(cost: Money, latency: Int64, quality: Double, carbon: Carbon) -> ConstraintSet {
        var misses: ConstraintSet = []
        if cost > self.cost { misses.insert(ConstraintSet(.cost)) }
        if latency > self.latency { misses.insert(ConstraintSet(.latency)) }
        if quality < self.quality { misses.insert(ConstraintSet(.quality)) }
        if carbon.grams > carbonGrams { misses.insert(ConstraintSet(.carbon)) }
        return misses
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? .max : sum
    }
}
