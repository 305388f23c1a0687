import Domain
import Foundation
import Neural
import Routing
import Testing

@Suite struct HeadEstimatorTests {
    @Test func gatesAreASoftmaxOverTheHighest() {
        let gate = MixtureGate([1, 3, 2, 0], experts: 2)
        let share = 1 / (1 + exp(-1.0))
        #expect(gate.shares[0] == 0 && gate.shares[3] == 0)
        #expect(abs(gate.shares[1] - share) < 1e-12 && abs(gate.shares[2] - (1 - share)) < 1e-12)
        #expect(MixtureGate([5, 5, 5], experts: 1).shares == [1, 0, 0])
        #expect(MixtureGate([], experts: 2).shares.isEmpty)
        #expect(MixtureGate([1000, -1000], experts: 2).shares == [1, 0])
    }

    /// The published experts: 70B, 34B, 13B and 7B at 1,000 tokens; by hand.
    @Test func gatesAreAdjustedForQualityCarbonAndCost() {
        let experts = [
            MixtureGate.Expert(quality: 0.95, kilogramsPerToken: 5e-5, dollarsPerToken: 2e-4),
            MixtureGate.Expert(quality: 0.85, kilogramsPerToken: 2e-5, dollarsPerToken: 1e-4),
            MixtureGate.Expert(quality: 0.75, kilogramsPerToken: 8e-6, dollarsPerToken: 5e-5),
            MixtureGate.Expert(quality: 0.65, kilogramsPerToken: 3e-6, dollarsPerToken: 2e-5),
        ]
        let merits = experts.map { $0.merit(tokens: 1000) }
        for (merit, wanted) in zip(merits, [0.475, 0.425, 0.535, 0.695]) { #expect(abs(merit - wanted) < 1e-12) }
        var gate = MixtureGate([2, 1, 2, 0], experts: 2)
        gate.adjust(for: experts, tokens: 1000)
        let wanted = [0.475 / 1.01, 0, 0.535 / 1.01, 0]
        for (share, wanted) in zip(gate.shares, wanted) { #expect(abs(share - wanted) < 1e-12) }
    }

    @Test func harderTiersTellModelsApart() {
        let expectation = TierExpectation(tiers: [.light, .medium, .heavy], priors: [0.81, 0.25])
        let light = expectation.qualities([1, 0, 0]).map(\.expected)
        #expect(abs(light[0] - 0.9486832980505138) < 1e-12)
        #expect(expectation.qualities([0, 1, 0]).map(\.expected) == [0.81, 0.25])
        #expect(expectation.qualities([0, 0, 1]).map(\.expected) == [0.81 * 0.81, 0.0625])
        let unsure = expectation.qualities([0.5, 0, 0.5])
        #expect(unsure[1].deviation > expectation.qualities([0, 1, 0])[1].deviation)
    }

    private static let metadata = [
        "format": "switchyard-head-1", "kind": "bert", "output": "scores", "names": "a\nb", "tiers": "", "layers": "0",
        "members": "1", "activations": "relu\nnone", "distance_max": "3",
    ]

    private static let tensors = [
        "features.mean": Safetensors.Tensor(Matrix(rows: 1, columns: 3)),
        "features.scale": Safetensors.Tensor(Matrix(rows: 1, columns: 3)),
        "member.0.0.weight": Safetensors.Tensor(Matrix(rows: 4, columns: 3)),
        "member.0.0.bias": Safetensors.Tensor(Matrix(rows: 1, columns: 4)),
        "member.0.1.weight": Safetensors.Tensor(Matrix(rows: 2, columns: 4)),
        "member.0.1.bias": Safetensors.Tensor(Matrix(rows: 1, columns: 2)),
    ]

    private func file(
        _ metadata: [String: String],
        _ tensors: [String: Safetensors.Tensor] = tensors
    ) throws -> SafetensorsFile {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Safetensors.write(tensors, metadata: metadata, to: path)
        return try SafetensorsFile(path: path)
    }

    @Test func readsAHead() throws {
        let head = try TrainedHead(file(Self.metadata))
        #expect(head.names == ["a", "b"] && head.inputs == 3)
    }

    @Test(arguments: [
        ("format", "another"), ("kind", "cat"), ("output", "none"), ("output", "classes"), ("names", ""),
        ("names", "a\nb\nc"), ("layers", "first"), ("members", "0"), ("members", "2"), ("members", "65"),
        ("activations", ""), ("activations", "relu"), ("distance_max", "far"),
    ])
    func refusesAFileThatContradictsItself(key: String, value: String) throws {
        var metadata = Self.metadata
        metadata[key] = value
        let file = try file(metadata)
        #expect(throws: FileError.self) { try TrainedHead(file) }
    }

    @Test(arguments: Self.tensors.keys.sorted())
    func refusesTensorsThatDoNotFit(name: String) throws {
        for shape in [(1, 5), (5, 3), (0, 0)] {
            var tensors = Self.tensors
            tensors[name] = Safetensors.Tensor(Matrix(rows: shape.0, columns: shape.1))
            let file = try file(Self.metadata, tensors)
            #expect(throws: FileError.self, "\(name) of \(shape)") { try TrainedHead(file) }
        }
    }
}
