internal import Glibc
internal import Domain

/// Joules for each generated token from the model's size and the machine, where neither was measured together.
///
///     ln J/token = Σ coefficient · (1, ln active, ln total, ln batch, ln² batch, ln accelerators, ln(bits / 16),
///                                   1 if Blackwell, ln batch · ln total, ln answer)
///
/// Parameters in billions, the answer in tokens. Fitted by least squares to 515 measurements of ML.ENERGY v3
/// (Tests/Tools/fit_energy.py). With each model left out in turn it errs by 22 % on average, and 80 % of the truths are
/// between 0.73 and 1.44 times the estimate.
public struct EnergyRegression: Hashable, Sendable {
    /// Billions of parameters in all.
    public let totalBillions: Double
    /// Billions of parameters that a token passes through: fewer than all in a mixture of experts.
    public let activeBillions: Double
    /// Bits of a weight: 16, 8 or 4.
    public let bits: Double
    /// What it runs on.
    public let machine: Machine

    /// The model of this size; sizes and bits beyond what exists are held to it.
    ///
    /// - Parameters:
    ///   - totalBillions: Billions of parameters, 0.1 to 10,000.
    ///   - activeBillions: Those used for a token; at most all, and all where `nil`.
    ///   - bits: Of a weight, 2 to 32.
    ///   - machine: What it runs on; where `nil` as many H100 as hold the weights.
    public init(totalBillions: Double, activeBillions: Double? = nil, bits: Double = 16, machine: Machine? = nil) {
        let total = totalBillions.held(to: 0.1...10_000)
        self.totalBillions = total
        self.activeBillions = (activeBillions ?? total).held(to: 0.1...total)
        self.bits = bits.held(to: 2...32)
        self.machine =
            machine
            ?? Machine(accelerator: "H100", count: Machine.accelerators(forBillions: total, bits: self.bits))
    }

    /// In the order of the formula.
    static let coefficients = [
        -1.84092838, 0.26972723, 0.60930313, -0.78717912, 0.04737923, 0.39371761, 0.51715316, -0.03531988, -0.03783938,
        0.12920414,
    ]

    /// The lengths of answers that were measured, or nearly, in tokens.
    private static let answers = 100.0...20_000

    /// How many times as much a token of an answer takes as one of a short answer.
    static func growth(answerTokens: Double) -> Double {
        pow(answerTokens.held(to: answers) / answers.lowerBound, coefficients[9])
    }

    /// The formula's terms; batch and answer are held to what was measured, or nearly.
    func terms(batch: Double, answerTokens: Double) -> [Double] {
        let logBatch = log(batch.held(to: 1...4096))
        let logTotal = log(totalBillions)
        return [
            1, log(activeBillions), logTotal, logBatch, logBatch * logBatch, log(Double(machine.count)), log(bits / 16),
            machine.accelerator == "B200" ? 1 : 0, logBatch * logTotal,
            log(answerTokens.held(to: Self.answers)),
        ]
    }

    /// Joules of the accelerators for each generated token, without the host.
    public func joulesPerToken(atBatch batch: Double, answerTokens: Double) -> Double {
        exp(zip(Self.coefficients, terms(batch: batch, answerTokens: answerTokens)).reduce(0) { $0 + $1.0 * $1.1 })
    }

    /// The energy of a request's two parts; a prompt's as with a ``MeasuredProfile``.
    func use(of load: RequestLoad) -> ModelEnergy {
        let answer = Double(load.outputTokens)
        let (fewest, most) = RequestLoad.possibleBatches
        func joules(_ batch: Double) -> Double { answer * joulesPerToken(atBatch: batch, answerTokens: answer) }
        let central = joules(load.concurrency ?? RequestLoad.typicalBatch)
        let saturated = joulesPerToken(atBatch: most, answerTokens: 100)
        return ModelEnergy(
            prompt: EnergyEstimate(
                0.5 * saturated * Double(load.inputTokens),
                within: band * ErrorBand(factor: 2),
                provenance: .modelled
            ),
            generation: EnergyEstimate(
                low: (load.concurrency == nil ? joules(most) : central) * band.low,
                central: central,
                high: (load.concurrency == nil ? joules(fewest) : central) * band.high,
                provenance: .modelled
            )
        )
    }

    /// Wider for accelerators that were not in the measurements.
    private var band: ErrorBand {
        let fitted = ErrorBand(low: 0.73, high: 1.44)
        return ["H100", "B200"].contains(machine.accelerator) ? fitted : fitted * ErrorBand(factor: 1.5)
    }
}
