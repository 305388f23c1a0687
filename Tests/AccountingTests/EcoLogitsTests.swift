import Accounting
import Domain
import Testing

@Suite struct EcoLogitsTests {
    /// What the package of Python gives for a model and an answer, at a PUE of 1.2 and 0.4 kg/kWh.
    struct Vector: Sendable {
        let active: Double
        let total: Double
        let tokens: Int
        var duration: Duration?
        let kilowattHours: Double
        let usageKilograms: Double
        let embodiedKilograms: Double
    }

    /// What `compute_llm_impacts_dag` of EcoLogits 0.11.3 gives, to all digits.
    ///
    /// The first five are those of the planner's design.
    static let vectors = [
        Vector(
            active: 8,
            total: 8,
            tokens: 250,
            kilowattHours: 2.2288146138272183e-05,
            usageKilograms: 8.915258455308874e-06,
            embodiedKilograms: 1.8255767435612457e-06
        ),
        Vector(
            active: 70,
            total: 70,
            tokens: 300,
            kilowattHours: 0.00019725869785005136,
            usageKilograms: 7.890347914002055e-05,
            embodiedKilograms: 1.6979085983350364e-05
        ),
        Vector(
            active: 22,
            total: 235,
            tokens: 800,
            kilowattHours: 0.0006792955389383767,
            usageKilograms: 0.0002717182155753507,
            embodiedKilograms: 5.662968477276699e-05
        ),
        Vector(
            active: 405,
            total: 405,
            tokens: 300,
            kilowattHours: 0.00274015251975024,
            usageKilograms: 0.001096061007900096,
            embodiedKilograms: 0.00024549482140281373
        ),
        Vector(
            active: 70,
            total: 70,
            tokens: 300,
            duration: .seconds(3),
            kilowattHours: 0.0001251340851299696,
            usageKilograms: 5.005363405198784e-05,
            embodiedKilograms: 1.953125e-06
        ),
        Vector(
            active: 3,
            total: 30,
            tokens: 1,
            kilowattHours: 8.308567619379135e-08,
            usageKilograms: 3.323427047751654e-08,
            embodiedKilograms: 6.750135091566462e-09
        ),
        Vector(
            active: 0.5,
            total: 0.5,
            tokens: 1000,
            kilowattHours: 8.005222201414268e-05,
            usageKilograms: 3.202088880565707e-05,
            embodiedKilograms: 6.474049150227202e-06
        ),
    ]

    @Test(arguments: vectors)
    func givesWhatThePackageGives(vector: Vector) {
        let formula = EcoLogits(totalBillions: vector.total, activeBillions: vector.active)
        let energy = formula.joules(outputTokens: vector.tokens, duration: vector.duration) / 3.6e6 * 1.2
        #expect(abs(energy / vector.kilowattHours - 1) < 1e-9)
        #expect(abs(energy * 0.4 / vector.usageKilograms - 1) < 1e-9)
        let embodied = formula.embodiedGrams(outputTokens: vector.tokens, duration: vector.duration) / 1000
        #expect(abs(embodied / vector.embodiedKilograms - 1) < 1e-9)
    }

    @Test func isAModelLikeTheOthers() {
        let formula = EcoLogits(totalBillions: 70, activeBillions: 70)
        let load = RequestLoad(inputTokens: 5000, outputTokens: 300, concurrency: 3, duration: .seconds(3))
        let use = EnergyModel.ecoLogits(formula).use(of: load)
        #expect(use.prompt == .zero)
        #expect(use.total.central == formula.joules(outputTokens: 300, duration: .seconds(3)))
        #expect(use.total.provenance == .modelled)
    }

    @Test(arguments: [-1, 0, 1e300, .infinity, .nan] as [Double])
    func neverTraps(size: Double) {
        let formula = EcoLogits(totalBillions: size, activeBillions: size)
        #expect(formula.joules(outputTokens: .min) == 0)
        #expect(formula.joules(outputTokens: .max).isFinite)
    }
}
