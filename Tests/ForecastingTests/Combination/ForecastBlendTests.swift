import Domain
import Testing

@testable import Forecasting

@Suite struct ForecastBlendTests {
    /// Levels of a normal distribution with a deviation of 2 in each hour.
    private let own = Forecast(
        start: Hour(number: 0),
        values: [10, 10, 10],
        quantiles: [
            .init(level: 0.1, values: Array(repeating: 10 - 2 * 1.281_551_6, count: 3)),
            .init(level: 0.9, values: Array(repeating: 10 + 2 * 1.281_551_6, count: 3)),
        ]
    )

    /// By hand: a deviation of 2 beside one of 1 has a fifth of the weight, beside one of 4 four fifths.
    @Test func eachCountsByTheInverseOfItsSquaredError() {
        let values = own.values(blendedWith: [20, 20], errors: [1, 4])
        #expect(abs(values[0] - 18) < 1e-9)
        #expect(abs(values[1] - 12) < 1e-9)
        #expect(values[2] == 10)
    }

    @Test func whoIsNeverOffIsBelieved() {
        #expect(own.values(blendedWith: [20, 30, 40], errors: [0, 0, 0]) == [20, 30, 40])
        let sure = Forecast(
            start: own.start,
            values: [10],
            quantiles: [.init(level: 0.1, values: [10]), .init(level: 0.9, values: [10])]
        )
        #expect(sure.values(blendedWith: [20], errors: [1]) == [10])
        #expect(sure.values(blendedWith: [20], errors: [0]) == [15])
    }

    @Test func withoutLevelsTheOtherIsBelieved() {
        let plain = Forecast(start: own.start, values: [10, 10])
        #expect(plain.values(blendedWith: [20], errors: [1]) == [20, 10])
        #expect(plain.values(blendedWith: [], errors: []) == [10, 10])
    }

    /// Of two that err independently the mixture errs less than either: as much as the inverse squares add up to.
    @Test func errsLessThanEither() {
        var (chance, squares) = (NormalGenerator(seed: 5), (mine: 0.0, theirs: 0.0, mixed: 0.0))
        for _ in 0..<4000 {
            let mine = 100 + 2 * chance.next()
            let theirs = 100 + 1.5 * chance.next()
            let forecast = Forecast(
                start: own.start,
                values: [mine],
                quantiles: [
                    .init(level: 0.1, values: [mine - 2 * 1.281_551_6]),
                    .init(level: 0.9, values: [mine + 2 * 1.281_551_6]),
                ]
            )
            let mixed = forecast.values(blendedWith: [theirs], errors: [1.5])[0]
            squares.mine += (mine - 100) * (mine - 100)
            squares.theirs += (theirs - 100) * (theirs - 100)
            squares.mixed += (mixed - 100) * (mixed - 100)
        }
        #expect(squares.mixed < 0.9 * min(squares.mine, squares.theirs))
        #expect(abs(squares.mixed / 4000 - 1 / (1 / 4.0 + 1 / 2.25)) < 0.1)
    }
}
