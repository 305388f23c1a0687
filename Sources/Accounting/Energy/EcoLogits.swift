internal import Domain
internal import Glibc

/// EcoLogits' formula for a request's energy and embodied carbon, for figures that are comparable with others'.
///
/// The coefficients are those of EcoLogits 0.11.3 (<https://ecologits.ai>, methodology for language models). It ignores the
/// prompt, the real batch, weights of fewer than 16 bits, idle power and the hour. Against ML.ENERGY v3 its mean error is
/// 145 % (91 % on H100), and 80 % of the truths are between 0.2 and 3.9 times its figure: the interval given here.
public struct EcoLogits: Hashable, Sendable {
    /// Billions of parameters in all.
    public let totalBillions: Double
    /// Billions of parameters that a token passes through.
    public let activeBillions: Double

    /// The formula for a model of this size, in billions of parameters; negative ones count as 0.
    public init(totalBillions: Double, activeBillions: Double) {
        self.totalBillions = totalBillions.held(to: 0...100_000)
        self.activeBillions = activeBillions.held(to: 0...100_000)
    }

    private static let batch = 64.0
    private static let serverKilowatts = 1.2
    private static let serverAccelerators = 8.0
    private static let serverKilograms = 5700.0
    private static let acceleratorKilograms = 273.0
    private static let lifetimeSeconds = 3.0 * 365 * 24 * 3600

    /// Graphics processors that hold the model, of 80 GB, at 16 bits.
    public var accelerators: Int { Machine.accelerators(forBillions: totalBillions, bits: 16) }

    /// Joules of processors and server for an answer of so many tokens, without the data centre around them.
    public func joules(outputTokens: Int, duration: Duration? = nil) -> Double {
        let wattHoursPerToken =
            1.1665273170451914e-06 * exp(-0.011205921025579175 * Self.batch) * activeBillions + 4.052928146734005e-05
        let ofProcessors = Double(accelerators) * Double(max(outputTokens, 0)) * wattHoursPerToken / 1000
        let share = Double(accelerators) / Self.serverAccelerators / Self.batch
        let ofServer = seconds(outputTokens: outputTokens, duration: duration) / 3600 * Self.serverKilowatts * share
        return (ofProcessors + ofServer) * 3.6e6
    }

    /// The answer's share of making the server and its processors, in grams of CO2e.
    public func embodiedGrams(outputTokens: Int, duration: Duration? = nil) -> Double {
        let share = Double(accelerators) / Self.serverAccelerators
        let kilograms = share * Self.serverKilograms + Double(accelerators) * Self.acceleratorKilograms
        let seconds = seconds(outputTokens: outputTokens, duration: duration)
        return 1000 * seconds * kilograms / (Self.lifetimeSeconds * Self.batch)
    }

    /// How long the answer takes by the formula, and no longer than it took.
    private func seconds(outputTokens: Int, duration: Duration?) -> Double {
        let perToken =
            0.0006785088094353663 * activeBillions + 0.0003119310311688259 * Self.batch + 0.019473717579473387
        let modelled = Double(max(outputTokens, 0)) * perToken
        return duration.map { ($0 / .seconds(1)).held(to: 0...modelled) } ?? modelled
    }

    /// The energy of a request, all of it the answer's.
    func use(of load: RequestLoad) -> ModelEnergy {
        ModelEnergy(
            prompt: .zero,
            generation: EnergyEstimate(
                joules(outputTokens: load.outputTokens, duration: load.duration),
                within: ErrorBand(low: 0.2, high: 3.9),
                provenance: .modelled
            )
        )
    }
}
