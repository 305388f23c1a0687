public import Domain

/// Something everyday that emits as much: the one table behind every such comparison.
public struct Equivalence: Hashable, Sendable {
    /// Its name in reports and metrics.
    public let name: String
    /// What is counted.
    public let unit: String
    /// Grams of CO2e for each.
    public let gramsEach: Double
    /// Who says so.
    public let source: String
    /// The year of the source's figures.
    public let year: Int

    /// A comparison by a factor; one that is not positive gives no number.
    public init(name: String, unit: String, gramsEach: Double, source: String, year: Int) {
        self.name = name
        self.unit = unit
        self.gramsEach = gramsEach
        self.source = source
        self.year = year
    }

    /// How many of it emit as much; `nil` where the factor is not positive.
    public func count(of carbon: Carbon) -> Double? {
        gramsEach > 0 && gramsEach.isFinite ? carbon.grams / gramsEach : nil
    }

    /// A kilometre in an average car of the United States: 3.93e-4 t CO2e a mile, 1,609.344 m.
    public static let carKilometre = Equivalence(
        name: "car_km",
        unit: "km",
        gramsEach: 393 / 1.609344,
        source:
            "US EPA, Greenhouse Gas Equivalencies Calculator: Calculations and References, miles driven by the average "
            + "gasoline-powered passenger vehicle",
        year: 2024
    )

    /// Charging a telephone once: 1.24e-5 t CO2, at the mean of the United States' grid.
    public static let phoneCharge = Equivalence(
        name: "phone_charge",
        unit: "charge",
        gramsEach: 12.4,
        source:
            "US EPA, Greenhouse Gas Equivalencies Calculator: Calculations and References, number of smartphones charged "
            + "(eGRID2022)",
        year: 2024
    )

    /// A kilowatt-hour of electricity, of the same grid as the carbon that is compared: in the year of the reading.
    public static func kilowattHour(at intensity: GridIntensity, year: Int) -> Equivalence {
        Equivalence(
            name: "grid_kwh",
            unit: "kWh",
            gramsEach: intensity.central,
            source: "the grid intensity of this report",
            year: year
        )
    }

    /// All of them.
    public static func table(at intensity: GridIntensity, year: Int) -> [Equivalence] {
        [.carKilometre, .kilowattHour(at: intensity, year: year), .phoneCharge]
    }
}
