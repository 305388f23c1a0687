internal import HTTP
public import Domain

/// The API of WattTime, version 3: <https://docs.watttime.org>.
///
/// It tells the **marginal** rate (what one more kilowatt-hour would emit), a model's value. That is right for choosing
/// when or where to run something, while accounts are kept in averages: don't mix it with other sources in one report.
/// Its zones are balancing authorities, such as `CAISO_NORTH`.
public struct WattTime: IntensitySource {
    /// Where the service is.
    public static let defaultOrigin = "https://api.watttime.org"
    private let token: Secret

    /// The API with the token of a login, which is good for half an hour.
    public init(token: Secret) { self.token = token }

    /// The request for the token, with the account's name and password (RFC 7617).
    public static func login(user: String, password: Secret) -> IntensityRequest {
        let credentials = base64(Array("\(user):\(password.reveal())".utf8))
        return IntensityRequest(path: "/login", headers: [.init(name: "authorization", value: "Basic \(credentials)")])
    }

    /// The token in the answer to a login.
    public static func token(in body: [UInt8]) throws(IntensityError) -> Secret {
        let answer = try IntensityAnswer(body)
        guard let token = answer.text("token", of: answer.root) else { throw .missing("token") }
        return Secret(token)
    }

    /// The request for a zone's forecast of a day, which begins at present, or for its last hour or day.
    public func request(
        _ subject: IntensitySubject,
        zone: String,
        at time: Int64
    ) throws(IntensityError) -> IntensityRequest {
        let query = "region=\(try validated(zone: zone))&signal_type=co2_moer"
        func since(_ seconds: Int64) -> String {
            "/v3/historical?\(query)&start=\(Timestamp.text(time - seconds))&end=\(Timestamp.text(time))"
        }
        let path =
            switch subject {
            case .latest: since(3600)
            case .history: since(86_400)
            case .forecast: "/v3/forecast?\(query)&horizon_hours=24"
            }
        return IntensityRequest(
            path: path,
            headers: [.init(name: "authorization", value: "Bearer \(token.reveal())")]
        )
    }

    /// The readings in an answer, turned from pounds per megawatt-hour into grams per kilowatt-hour.
    public func readings(in body: [UInt8]) throws(IntensityError) -> [IntensityReading] {
        let answer = try IntensityAnswer(body)
        guard let meta = answer.member("meta", of: answer.root) else { throw .missing("meta") }
        guard let data = answer.member("data", of: answer.root), data.kind == .array else { throw .missing("data") }
        let unit = answer.text("units", of: meta) ?? "none"
        guard unit == "lbs_co2_per_mwh" else { throw .unitUnknown(unit) }
        let isForecast = answer.member("generated_at", of: meta) != nil
        let period = answer.number("data_point_period_seconds", of: meta).flatMap { Int64(exactly: $0) }
        var readings: [IntensityReading] = []
        for entry in try answer.elements(of: data) {
            guard let start = answer.time("point_time", of: entry) else { throw .missing("point_time") }
            guard let pounds = answer.number("value", of: entry) else { continue }
            let reading = IntensityReading(
                start: start,
                seconds: period,
                // A pound is 453.59237 g and a megawatt-hour 1,000 kWh.
                gramsPerKilowattHour: pounds * 0.45359237,
                kind: isForecast ? .forecast : .estimated
            )
            if let reading { readings.append(reading) }
        }
        return readings
    }

    /// RFC 4648, §4.
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
