import Domain
import Neural
import Testing

@Suite struct LayerTests {
    @Test func dropoutKeepsTheMeanAndRepeatsItselfBySeed() {
        let ones = Matrix(rows: 100, columns: 100, values: Array(repeating: 1, count: 10_000))
        let output = Dropout(0.2, Chance(seed: 1)).forward(ones, .training)
        #expect(Set(output.values) == [0, 1.25])
        // A standard deviation of the mean is 0.005.
        #expect(abs(output.values.reduce(0, +) / 10_000 - 1) < 0.02)
        #expect(Dropout(0.2, Chance(seed: 1)).forward(ones, .training) == output)
        #expect(Dropout(0.2, Chance(seed: 2)).forward(ones, .training) != output)
        #expect(Dropout(0.2, Chance(seed: 1)).forward(ones, .inference) == ones)
        let layer = Dropout(0.2, Chance(seed: 1))
        #expect(layer.forward(ones, .training) != layer.forward(ones, .training))
    }

    @Test func dropoutPassesNoGradientThroughWhatItDropped() {
        let layer = Dropout(0.5, Chance(seed: 3))
        let ones = Matrix(rows: 4, columns: 4, values: Array(repeating: 1, count: 16))
        let output = layer.forward(ones, .training)
        #expect(layer.backward(ones) == output)
    }

    /// A mixture that sends all to one of four experts has a variance of 3 times the mean's square.
    @Test func loadBalanceIsZeroForEqualLoadsAlone() {
        let even = Matrix(rows: 2, columns: 4, values: [1, 0, 0.5, 0.5, 0, 1, 0.5, 0.5])
        #expect(Loss.loadBalance(even).value == 0)
        let one = Matrix(rows: 2, columns: 4, values: [1, 0, 0, 0, 1, 0, 0, 0])
        #expect(abs(Loss.loadBalance(one).value - 3) < 1e-6)
        #expect(Loss.loadBalance(Matrix(rows: 2, columns: 4)).value == 0)
    }

    /// Two classes on a line, at 0 ± 1 and at 1 ± 1: distances of 1 within, and 1 − 1/2 too close.
    @Test func interIntraBySums() {
        let embeddings = Matrix(rows: 4, columns: 1, values: [-1, 1, -0.5, 1.5])
        let loss = Loss.interIntra(embeddings, labels: [0, 0, 1, 1], margin: 1, interWeight: 1, intraWeight: 1)
        #expect(abs(loss.value - 1.5) < 1e-6)
        let alone = Loss.interIntra(embeddings, labels: [2, 2, 2, 2], margin: 1, interWeight: 1, intraWeight: 0)
        #expect(alone.value == 0)
    }

    @Test func lossesStayFiniteWhereTheNetworkIsCertain() {
        let logits = Matrix(rows: 2, columns: 2, values: [500, -500, 500, -500])
        for loss in [
            Loss.crossEntropy(logits, labels: [0, 1]), .focal(logits, labels: [0, 1]),
            .labelSmoothing(logits, labels: [0, 1]),
            .binaryCrossEntropy(logits, targets: Matrix(rows: 2, columns: 2, values: [0, 1, 1, 0])),
        ] {
            #expect(loss.value.isFinite)
            #expect(loss.gradient.values.allSatisfy { $0.isFinite })
        }
    }

    @Test func learningRateGrowsThenShrinksToNothing() {
        let schedule = LearningRateSchedule(peak: 1, warmUpSteps: 4, totalSteps: 12)
        let rates = (0..<13).map { schedule.rate(atStep: $0) }
        #expect(rates == [0.25, 0.5, 0.75, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0])
        #expect(LearningRateSchedule(peak: 2, warmUpSteps: 0, totalSteps: nil).rate(atStep: 9) == 2)
    }

    @Test func clippingKeepsTheDirectionAndSmallGradients() {
        let parameter = Parameter(name: "a", role: .weight, value: Matrix(rows: 1, columns: 2))
        parameter.gradient.values = [3, 4]
        #expect([parameter].clipGradients(normMax: 10) == 5)
        #expect(parameter.gradient.values == [3, 4])
        #expect([parameter].clipGradients(normMax: 1) == 5)
        #expect(parameter.gradient.values == [0.6, 0.8])
    }

    @Test func anOptimiserGoesOnFromItsStateAsIfItHadNotStopped() throws {
        var generator = SeededGenerator(seed: 1)
        let value = generator.matrix(2, 3)
        let gradients = (0..<6).map { _ in generator.matrix(2, 3) }
        let whole = Parameter(name: "a", role: .weight, value: value)
        var optimiser = AdamW([whole])
        var copy: (parameter: Parameter, optimiser: AdamW)?
        for (step, gradient) in gradients.enumerated() {
            if step == 3 {
                let parameter = Parameter(name: "a", role: .weight, value: whole.value)
                var restored = AdamW([parameter])
                let state = Dictionary(uniqueKeysWithValues: optimiser.state)
                let (fits, fitsNothing) = (restored.restore(state, stepCount: 3), restored.restore([:], stepCount: 0))
                #expect(fits && !fitsNothing)
                copy = (parameter, restored)
            }
            whole.gradient = gradient
            optimiser.step(learningRate: 0.1)
            copy?.parameter.gradient = gradient
            copy?.optimiser.step(learningRate: 0.1)
        }
        #expect(try #require(copy).parameter.value == whole.value)
    }

    @Test func softUpdatesMoveAShareOfTheWay() {
        let target = [Parameter(name: "a", role: .weight, value: Matrix(rows: 1, columns: 2, values: [0, 4]))]
        let online = [Parameter(name: "a", role: .weight, value: Matrix(rows: 1, columns: 2, values: [1, 0]))]
        target.move(to: online, share: 0.25)
        #expect(target[0].value.values == [0.25, 3])
    }
}
