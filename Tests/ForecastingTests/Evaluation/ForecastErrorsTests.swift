import Domain
import Testing

@testable import Forecasting

@Suite struct ForecastErrorsTests {
    private func errors(_ pairs: [(Double, Double)], scale: Double) -> ForecastErrors {
        var errors = ForecastErrors()
        for (forecast, actual) in pairs { errors.add(forecast, actual: actual, scale: scale) }
        return errors
    }

    @Test func measuresByHand() throws {
        let errors = errors([(1, 2), (3, 2)], scale: 0.5)
        #expect(errors.wape == 50)
        let expected: Double = 100 * (2.0 / 3 + 2.0 / 5) / 2
        #expect(abs(try #require(errors.smape) - expected) < 1e-12)
        #expect(errors.mase == 2)
        #expect(errors.mape == 50)
        #expect(errors.mean == 1)
    }

    @Test func hoursOfNothingHaveNoPercentage() {
        let errors = errors([(1, 0), (0, 0), (3, 2)], scale: 1)
        #expect(errors.mape == 50)
        #expect(errors.smape == 80)  // 200, 0 and 40.
        #expect(errors.wape == 100)
        let silent = self.errors([(1, 0)], scale: 0)
        #expect(silent.wape == nil && silent.mape == nil && silent.mase == 0)
        #expect(ForecastErrors().smape == nil)
    }

    @Test func addsUp() {
        var sum = errors([(1, 2)], scale: 1)
        sum.add(errors([(3, 2)], scale: 1))
        #expect(sum == errors([(1, 2), (3, 2)], scale: 1))
    }

    @Test func scaleIsWhatYesterdayMissesBy() {
        let days = (0..<72).map { Double($0 / 24 * 3 + $0 % 24) }
        #expect(ForecastErrors.scale(of: days) == 3)
        #expect(ForecastErrors.scale(of: Array(days.prefix(24))) == 0)
    }

    @Test func quantilesLieBetweenNeighbours() {
        #expect(Quantiles.value(of: [1, 2, 4], at: 0.5) == 2)
        #expect(Quantiles.value(of: [1, 2, 4], at: 0.75) == 3)
        #expect(Quantiles.value(of: [1, 2, 4], at: 0) == 1)
        #expect(Quantiles.value(of: [1, 2, 4], at: 1) == 4)
        #expect(Quantiles.value(of: [7], at: 0.3) == 7)
        #expect(Quantiles.value(of: [], at: 0.3) == 0)
    }
}
