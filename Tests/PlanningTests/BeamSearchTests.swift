import Domain
import LinearProgramming
import Testing

@testable import Planning

@Suite struct BeamSearchTests {
    /// A problem of one chain with a few points an hour: rounded, and the prices of its program.
    private func problem(
        hours: Int,
        pointsMax: Int,
        using generator: inout SeededGenerator
    ) throws -> (assignment: Assignment, prices: [Double]) {
        let curves = (0..<hours).map { _ in
            var point = HourCurve.Point(quality: 0, cost: 0)
            let points = (0..<Int.random(in: 1...pointsMax, using: &generator)).map { _ in
                defer {
                    point.quality += Double.random(in: 1...10, using: &generator)
                    point.cost += Double.random(in: 1...10, using: &generator)
                }
                return point
            }
            return HourCurve(points, isDivisible: Int.random(in: 0..<8, using: &generator) == 0)
        }
        let length = Int.random(in: 1...min(hours, 12), using: &generator)
        let windows = (0...hours - length).map { $0..<$0 + length }
        let high = curves.map { $0.qualities[$0.qualities.count - 1] }
        let model = QualityModel(
            curves: curves,
            chainCount: 1,
            low: Array(repeating: 0, count: hours),
            high: high,
            windows: windows,
            required: windows.map { high[$0].reduce(0, +) * 0.5 },
            offset: Array(repeating: 0, count: hours)
        )
        let outcome = try MasterSolver().solve(model, within: .none, unless: { false })
        return (Assignment(model, rounding: outcome.qualities), outcome.prices)
    }

    private func search(_ assignment: Assignment, _ prices: [Double], waste: Double) -> BeamSearch {
        BeamSearch(losses: assignment.model.losses(assignment.table, prices: prices), prices: prices, waste: waste)
    }

    /// Whether no window has less than it needs.
    private func isWhole(_ assignment: Assignment) -> Bool {
        let sums = assignment.model.sums(assignment.qualities)
        return zip(sums, assignment.model.required).allSatisfy { $0 >= $1 - 1e-6 }
    }

    /// The least cost of all choices of points for some hours that keep every window whole; hours of any quality stay.
    private func leastCost(_ assignment: Assignment, _ hours: Range<Int>) -> Double {
        guard let hour = hours.first else { return isWhole(assignment) ? assignment.cost : .infinity }
        guard !assignment.model.curves[hour].isDivisible else { return leastCost(assignment, hours.dropFirst()) }
        return (0..<assignment.table.count(hour)).reduce(.infinity) { least, point in
            var other = assignment
            other.move(hour, to: point)
            return min(least, leastCost(other, hours.dropFirst()))
        }
    }

    /// Of few hours every beginning is kept that could be the best's: what is found costs what the best of all choices does.
    @Test(arguments: 0..<400 as Range<UInt64>)
    func findsTheBestOfFewHours(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let hours = Int.random(in: 1...8, using: &generator)
        var (assignment, prices) = try problem(hours: hours, pointsMax: 3, using: &generator)
        let first = Int.random(in: 0..<hours, using: &generator)
        let stretch = first..<Int.random(in: first + 1...min(first + 5, hours), using: &generator)
        let least = leastCost(assignment, stretch)
        search(assignment, prices, waste: seed.isMultiple(of: 2) ? 0 : 0.1).improve(&assignment, stretch) { false }
        #expect(isWhole(assignment))
        #expect(abs(assignment.cost - least) < 1e-9 * (1 + least), "\(assignment.cost), and not \(least)")
    }

    /// The same where starting machines costs something: it depends on the point before.
    @Test(arguments: 0..<500 as Range<UInt64>)
    func countsStarts(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let start = MachineStart(kilowattHours: Double.random(in: 0...1, using: &generator), grams: 50)
        let scenario = try Scenario.tiny(using: &generator, hours: 4).starting(start)
        let packed = try PackedScenario(scenario, for: .carbon, isRelaxed: false)
        var model = try packed.model(target: 0.6)
        model.starts = StartCosts(packed.curves, packed.packer, rates: packed.rates)
        let outcome = try MasterSolver().solve(model, within: .none, unless: { false })
        var assignment = Assignment(model, rounding: outcome.qualities)
        let first = Int.random(in: 0...1, using: &generator)
        let stretch = first..<first + 3
        let least = leastCost(assignment, stretch)
        search(assignment, outcome.prices, waste: 0).improve(&assignment, stretch) { false }
        #expect(abs(assignment.cost - least) < 1e-9 * (1 + least), "\(assignment.cost), and not \(least)")
    }

    /// A stretch in the middle gets cheaper in most problems, in none dearer; no window breaks, and what lies around it stays.
    @Test func stretchesGetCheaperAndTheRestStays() throws {
        var cheaper = 0
        for seed in 0..<50 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var (assignment, prices) = try problem(hours: 60, pointsMax: 20, using: &generator)
            let before = assignment
            search(assignment, prices, waste: 0.1).improve(&assignment, 20..<45) { false }
            #expect(isWhole(assignment) && assignment.cost <= before.cost)
            for hour in (0..<20).map(\.self) + (45..<60) { #expect(assignment.points[hour] == before.points[hour]) }
            let cost = (0..<60).reduce(before.cost) {
                $0 + assignment.table[$1, assignment.points[$1]].cost - assignment.table[$1, before.points[$1]].cost
            }
            #expect(abs(assignment.cost - cost) < 1e-6)
            if assignment.cost < before.cost - 1e-6 { cheaper += 1 }
        }
        #expect(cheaper > 40, "\(cheaper)")
    }

    /// Who has no time left finds nothing, and loses nothing.
    @Test func endsWhenItIsTold() throws {
        var generator = SeededGenerator(seed: 3)
        var (assignment, prices) = try problem(hours: 60, pointsMax: 20, using: &generator)
        let before = assignment
        var asked = 0
        search(assignment, prices, waste: 0).improve(&assignment, 0..<60) {
            asked += 1
            return asked > 30
        }
        #expect(assignment.points == before.points && asked == 31)
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func selectsAsSortingDoes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
            Double(Int.random(in: 0...30, using: &generator))
        }
        let count = Int.random(in: 1...values.count, using: &generator)
        var shuffled = values
        #expect(shuffled.smallest(count) == values.sorted()[count - 1])
    }
}
