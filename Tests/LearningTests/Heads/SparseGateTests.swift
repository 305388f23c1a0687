import Domain
import Glibc
import Neural
import Testing

@testable import Learning

@Suite struct SparseGateTests {
    private static let quiet = {
        var settings = MixtureSettings()
        settings.noise = 0
        return settings
    }()

    @Test func twoExpertsShareEachPrompt() {
        var generator = SeededGenerator(seed: 1)
        let logits = Matrix(rows: 1, columns: 4, values: [1, 3, 2, 0])
        let gates = SparseGate(logits, Self.quiet, using: &generator).gates
        let share = 1 / (1 + expf(-1))
        expectNear(gates, Matrix(rows: 1, columns: 4, values: [0, share, 1 - share, 0]), within: 1e-6)
        let noisy = SparseGate(logits, MixtureSettings(), using: &generator).gates
        #expect(noisy.values.count { $0 > 0 } == 2)
        #expect(noisy != gates)
    }

    /// The derivative of the load balance with respect to the logits, through the gates.
    @Test(arguments: 0..<5 as Range<UInt64>)
    func gradientIsThatOfFiniteDifferences(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Far enough apart that no small step changes which experts are chosen.
        let rows = (0..<5).flatMap { _ -> [Float] in [0, 1, 2, 3].shuffled(using: &generator) }
        let logits = Matrix(rows: 5, columns: 4, values: rows)
        let gate = SparseGate(logits, Self.quiet, using: &generator)
        let gradient = gate.backward(Loss.loadBalance(gate.gates).gradient)
        expectDerivative(gradient, of: logits, "logits") {
            Double(Loss.loadBalance(SparseGate($0, Self.quiet, using: &generator).gates).value)
        }
    }
}
