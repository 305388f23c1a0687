/// Yearly means of countries' grids, for zones of which nothing nearer is known.
enum CountryIntensity {
    /// Grams of CO2e for each kilowatt-hour, life cycle, by the country's code of two letters.
    private static let grams: [Substring: Double] = {
        var grams: [Substring: Double] = [:]
        let text = String(decoding: PackageResources.country_intensity_csv, as: UTF8.self)
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: ",")
            if fields.count == 3, let value = Double(fields[1]) { grams[fields[0]] = value }
        }
        return grams
    }()

    /// The mean of the country that a zone is in: `DE`, `DE-LU`, `US-CAL-CISO`; `nil` if its name does not say.
    static func mean(ofZone zone: String) -> Double? {
        let code = zone.prefix { $0 != "-" }
        return code.utf8.count == 2 ? grams[code] : nil
    }
}
