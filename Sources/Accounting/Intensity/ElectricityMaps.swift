internal import HTTP
public import Domain

/// The API of Electricity Maps, versions 3 and 4: <https://portal.electricitymaps.com/docs/api>.
///
/// Its zones are those of its map, such as `DE`, `GB` and `US-CAL-CISO`. Intensities are averages of the grid's mix, life
/// cycle by default.
public struct ElectricityMaps: IntensitySource {
    /// Where the service is.
    public static let defaultOrigin = "https://api.electricitymaps.com"
    private let token: Secret
    private let version: String

    /// The API with a token.
    public init(token: Secret, version: Int = 3) {
        self.token = token
        self.version = version == 4 ? "v4" : "v3"
    }

    /// The request for a zone: its `latest`, `history` (24 hours) or `forecast`.
    public func request(
        _ subject: IntensitySubject,
        zone: String,
        at time: Int64
    ) throws(IntensityError) -> IntensityRequest {
        let zone = try validated(zone: zone)
        return IntensityRequest(
            path: "/\(version)/carbon-intensity/\(subject.rawValue)?zone=\(zone)",
            headers: [.init(name: "auth-token", value: token.reveal())]
        )
    }

    /// The readings in an answer: a single object, or a list called `history`, `data` or `forecast`.
    public func readings(in body: [UInt8]) throws(IntensityError) -> [IntensityReading] {
        let answer = try IntensityAnswer(body)
        let root = answer.root
        let forecast = answer.member("forecast", of: root)
        guard let list = forecast ?? answer.member("history", of: root) ?? answer.member("data", of: root) else {
            guard answer.member("carbonIntensity", of: root) != nil else { throw .missing("carbonIntensity") }
            return try readings(in: [root], of: answer, isForecast: false)
        }
        guard list.kind == .array else { throw .missing("a list of readings") }
        return try readings(in: try answer.elements(of: list), of: answer, isForecast: forecast != nil)
    }

    private func readings(
        in entries: [JSONValue],
        of answer: IntensityAnswer,
        isForecast: Bool
    ) throws(IntensityError) -> [IntensityReading] {
        var readings: [IntensityReading] = []
        for entry in entries {
            guard let start = answer.time("datetime", of: entry) else { throw .missing("datetime") }
            guard let grams = answer.number("carbonIntensity", of: entry) else { continue }
            let isEstimated = answer.flag("isEstimated", of: entry) ?? false
            let reading = IntensityReading(
                start: start,
                gramsPerKilowattHour: grams,
                kind: isForecast ? .forecast : isEstimated ? .estimated : .measured
            )
            if let reading { readings.append(reading) }
        }
        return readings
    }
}
