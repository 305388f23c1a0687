/// What a source says about a grid for a stretch of time.
public struct IntensityReading: Hashable, Sendable {
    /// How much a reading is worth, from the least.
    public enum Kind: UInt8, Hashable, Comparable, Sendable {
        /// Said before its time.
        case forecast
        /// Said afterwards, but made up from other times or places.
        case estimated
        /// Made from what was generated.
        case measured

        /// Whether the left kind is worth less.
        public static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
    }

    /// When it begins to hold, seconds since 1970 UTC.
    public let start: Int64
    /// How long it holds, in seconds; `nil` until the next one, or as long as others of its source do.
    public let seconds: Int64?
    /// Grams of CO2e for each kilowatt-hour.
    public let gramsPerKilowattHour: Double
    /// What it is worth.
    public let kind: Kind

    /// A reading; `nil` if its value or its time are beyond what can be.
    public init?(start: Int64, seconds: Int64? = nil, gramsPerKilowattHour: Double, kind: Kind) {
        guard gramsPerKilowattHour >= 0, gramsPerKilowattHour <= GridIntensity.most else { return nil }
        // The years 1900 to 9999, and no reading for longer than a leap year.
        guard (-2_208_988_800...253_402_300_799).contains(start) else { return nil }
        guard seconds.map({ (1...31_622_400).contains($0) }) ?? true else { return nil }
        self.start = start
        self.seconds = seconds
        self.gramsPerKilowattHour = gramsPerKilowattHour
        self.kind = kind
    }
}
