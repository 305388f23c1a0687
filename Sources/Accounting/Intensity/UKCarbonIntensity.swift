internal import HTTP

/// The Carbon Intensity API of Great Britain's grid operator, which needs no key: <https://carbon-intensity.github.io/api-definitions>.
///
/// The zone is `GB` for the whole, or `GB-1` to `GB-17` for one of its regions, of which it only tells forecasts.
public struct UKCarbonIntensity: IntensitySource {
    /// Where the service is.
    public static let defaultOrigin = "https://api.carbonintensity.org.uk"

    /// The API.
    public init() {}

    /// The request for the present half-hour, the last day, or the coming two.
    public func request(
        _ subject: IntensitySubject,
        zone: String,
        at time: Int64
    ) throws(IntensityError) -> IntensityRequest {
        let region = (1...17).first { zone == "GB-\($0)" }
        guard region != nil || zone == "GB" else { throw .zoneInvalid }
        let from = String(Timestamp.text(time).dropLast(4)) + "Z"
        let path =
            switch (subject, region) {
            case (.latest, nil): "/intensity"
            case (.history, nil): "/intensity/\(from)/pt24h"
            case (.forecast, nil): "/intensity/\(from)/fw48h"
            case (.latest, let region?): "/regional/regionid/\(region)"
            case (.history, let region?): "/regional/intensity/\(from)/pt24h/regionid/\(region)"
            case (.forecast, let region?): "/regional/intensity/\(from)/fw48h/regionid/\(region)"
            }
        return IntensityRequest(path: path, headers: [.init(name: "accept", value: "application/json")])
    }

    /// The readings in an answer: half-hours with what was generated in them, or else the forecast.
    public func readings(in body: [UInt8]) throws(IntensityError) -> [IntensityReading] {
        let answer = try IntensityAnswer(body)
        guard let data = answer.member("data", of: answer.root) else { throw .missing("data") }
        var readings: [IntensityReading] = []
        for outer in try answer.elements(of: data) {
            // A region has its half-hours one level further down.
            let halfHours = try answer.member("data", of: outer).map { list throws(IntensityError) in
                try answer.elements(of: list)
            }
            for entry in halfHours ?? [outer] {
                if let reading = try reading(entry, of: answer) { readings.append(reading) }
            }
        }
        return readings
    }

    private func reading(_ entry: JSONValue, of answer: IntensityAnswer) throws(IntensityError) -> IntensityReading? {
        guard let start = answer.time("from", of: entry) else { throw .missing("from") }
        guard let end = answer.time("to", of: entry) else { throw .missing("to") }
        guard let intensity = answer.member("intensity", of: entry) else { throw .missing("intensity") }
        let actual = answer.number("actual", of: intensity)
        guard let grams = actual ?? answer.number("forecast", of: intensity) else { return nil }
        return IntensityReading(
            start: start,
            seconds: end - start,
            gramsPerKilowattHour: grams,
            kind: actual == nil ? .forecast : .measured
        )
    }
}
