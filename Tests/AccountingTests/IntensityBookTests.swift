import Accounting
import Domain
import Testing

@Suite struct IntensityBookTests {
    private let hour: Int64 = 3600

    /// The whole chain, from the best to the worst, for one zone as time goes on.
    @Test func fallsBackInTheStatedOrder() throws {
        var book = IntensityBook(limits: .init(staleness: .seconds(2 * 3600)))
        book.record([try reading(0, 200, .measured), try reading(hour, 240, .forecast)], zone: "DE")
        book.declare(350, zone: "DE")
        func bases(_ times: [Int64]) -> [GridIntensity.Basis] { times.map { book.intensity(of: "DE", at: $0).basis } }
        #expect(bases([0, hour - 1, hour, 2 * hour - 1]) == [.current, .current, .forecast, .forecast])
        #expect(bases([2 * hour, 4 * hour, 4 * hour + 1]) == [.lastKnown, .lastKnown, .declared])
        #expect(bases([-1]) == [.declared])
        #expect(book.intensity(of: "FR", at: 0).basis == .country)
        #expect(book.intensity(of: "nowhere", at: 0) == .world)
    }

    /// Of a zone that nobody knows anything is possible, and nothing is not.
    @Test func givesAWideIntervalForAnUnknownZone() {
        let world = IntensityBook().intensity(of: "nowhere", at: 0)
        #expect(world.low > 0 && world.low <= 30)
        #expect(world.central > 400 && world.central < 500)
        #expect(world.high > 800)
        #expect(world.provenance == .modelled)
    }

    /// India's grid is dirtier than the world's and France's cleaner, whatever their zones are called.
    @Test func knowsTheCountriesOfZones() {
        let book = IntensityBook()
        func central(_ zone: String) -> Double { book.intensity(of: zone, at: 0).central }
        #expect(central("IN-WE") == central("IN") && central("IN") > 600)
        #expect(central("FR") < 100)
        #expect(central("US-CAL-CISO") == 369)
        #expect(book.intensity(of: "FR", at: 0).provenance == .modelled)
        for zone in ["", "-", "fr", "FRA", "CAISO_NORTH", "XX", "XX-1"] {
            #expect(book.intensity(of: zone, at: 0) == .world, "\(zone)")
        }
    }

    @Test func trustsAnOlderReadingLess() throws {
        var book = IntensityBook()
        book.record([try reading(0, 200, .measured)], zone: "DE")
        let ages = [0, 1, 3, 6, 12].map { book.intensity(of: "DE", at: hour * ($0 + 1) - 1) }
        #expect(ages[0].low == 200 && ages[0].high == 200)
        for (younger, older) in zip(ages, ages.dropFirst()) {
            #expect(younger.low > older.low && younger.high < older.high)
            #expect(older.central == 200)
        }
    }

    @Test func keepsNoMoreZonesThanItsLimit() throws {
        var book = IntensityBook(limits: .init(zonesMax: 2))
        let zones = ["A", "B", "C", "A"]
        let reading = try reading(0, 1, .measured)
        #expect(zones.map { book.record([reading], zone: $0) } == [true, true, false, true])
        #expect(book.intensity(of: "C", at: 0) == .world)
    }

    @Test(arguments: [-1, .nan, .infinity, 1e9] as [Double])
    func takesNoImpossibleFigure(grams: Double) {
        #expect(IntensityReading(start: 0, gramsPerKilowattHour: grams, kind: .measured) == nil)
        var book = IntensityBook()
        let isTaken = book.declare(grams, zone: "DE")
        #expect(!isTaken)
        #expect(book.intensity(of: "DE", at: 0).basis == .country)
        #expect(book.intensity(of: "DE", at: .max).basis == .country)
    }

    private func reading(_ start: Int64, _ grams: Double, _ kind: IntensityReading.Kind) throws -> IntensityReading {
        try #require(IntensityReading(start: start, gramsPerKilowattHour: grams, kind: kind))
    }
}
