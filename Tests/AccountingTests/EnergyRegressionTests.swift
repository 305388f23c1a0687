@testable import Accounting
import Domain
import Testing

@Suite struct EnergyRegressionTests {
    /// One measurement as the regression sees it.
    private struct Row {
        let model: String
        let terms: [Double]
        let joules: Double
    }

    private let rows: [Row] = ProfileCatalogue.embedded.entries.flatMap { entry in
        zip(entry.measurements, entry.answerTokens).map { point, answer in
            Row(
                model: entry.model,
                terms: entry.regression.terms(batch: point.batch, answerTokens: answer),
                joules: point.joulesPerToken
            )
        }
    }

    /// The constants are what a fit to the embedded data gives: a slip of the pen would show.
    @Test func hasTheCoefficientsOfItsData() {
        for (coefficient, fitted) in zip(EnergyRegression.coefficients, fit(rows)) {
            #expect(abs(coefficient - fitted) < 1e-3)
        }
    }

    /// Leaving out all measurements of one model, and finding them from those of the others.
    @Test func errsByAtMostAQuarterOnModelsThatWereNotMeasured() {
        var (sum, inside) = (0.0, 0.0)
        for model in Set(rows.map(\.model)) {
            let coefficients = fit(rows.filter { $0.model != model })
            for row in rows where row.model == model {
                let ratio = exponential(zip(coefficients, row.terms).reduce(0) { $0 + $1.0 * $1.1 }) / row.joules
                sum += abs(ratio - 1)
                if (0.73...1.44).contains(1 / ratio) { inside += 1 }
            }
        }
        let error = sum / Double(rows.count)
        #expect(error <= 0.25)
        #expect(abs(error - 0.219) < 0.001)
        #expect(inside / Double(rows.count) > 0.78)
    }

    /// Nothing that an operator may write makes the energy of a token absurd.
    @Test(arguments: [-1, 0, 0.5, 8, 70, 2000, 1e300, .infinity, .nan] as [Double])
    func staysFiniteAndPositive(size: Double) {
        for bits in [0, 4, 16, .nan] as [Double] {
            let regression = EnergyRegression(totalBillions: size, activeBillions: size / 4, bits: bits)
            for batch in [-1, 0, 1, 64, 1e9, .nan] as [Double] {
                let joules = regression.joulesPerToken(atBatch: batch, answerTokens: 0)
                #expect(joules > 0 && joules < 1e6, "\(size), \(bits), \(batch)")
            }
        }
    }

    @Test func takesMoreForLargerModelsAndLessInLargerBatches() {
        let sizes = [1.0, 8, 32, 70, 405].map { EnergyRegression(totalBillions: $0) }
        for (small, large) in zip(sizes, sizes.dropFirst()) {
            let joules = [small, large].map { $0.joulesPerToken(atBatch: 64, answerTokens: 300) }
            #expect(joules[0] < joules[1])
        }
        for (few, many) in zip([1.0, 8, 64], [8.0, 64, 512]) {
            let joules = [few, many].map { sizes[2].joulesPerToken(atBatch: $0, answerTokens: 300) }
            #expect(joules[0] > joules[1])
        }
    }

    @Test func putsModelsIntoClasses() {
        #expect(EnergyClass(.regression(EnergyRegression(totalBillions: 3))) == .low)
        #expect(EnergyClass(.regression(EnergyRegression(totalBillions: 14))) == .medium)
        #expect(EnergyClass(.regression(EnergyRegression(totalBillions: 70))) == .high)
        #expect(EnergyClass(.regression(EnergyRegression(totalBillions: 405))) == .veryHigh)
        #expect(EnergyClass(joulesPerToken: .nan) == .veryHigh)
    }

    /// Least squares by the normal equations and Gauss' elimination with pivots: slow, obvious, ten unknowns.
    private func fit(_ rows: [Row]) -> [Double] {
        let count = rows[0].terms.count
        var matrix = Array(repeating: Array(repeating: 0.0, count: count + 1), count: count)
        for row in rows {
            let target = logarithm(row.joules)
            for i in 0..<count {
                for j in 0..<count { matrix[i][j] += row.terms[i] * row.terms[j] }
                matrix[i][count] += row.terms[i] * target
            }
        }
        for i in 0..<count {
            let pivot = (i..<count).max { abs(matrix[$0][i]) < abs(matrix[$1][i]) } ?? i
            matrix.swapAt(i, pivot)
            for j in 0..<count where j != i {
                let factor = matrix[j][i] / matrix[i][i]
                for k in i...count { matrix[j][k] -= factor * matrix[i][k] }
            }
        }
        return (0..<count).map { matrix[$0][count] / matrix[$0][$0] }
    }
}
