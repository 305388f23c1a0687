internal import Accounting
internal import Configuration
internal import Domain
internal import Upstream

/// Why a source told nothing of a zone.
enum GridError: Error {
    /// Its answer, or its file, is none.
    case intensity(IntensityError)
    /// It cannot be called.
    case upstream(UpstreamError)
    /// It answered with this status.
    case refused(status: Int)
    /// Its answer is longer than one can be.
    case tooLong
    /// Its file cannot be read.
    case file(DataFile.Unreadable)
    /// The variable with its token is not set.
    case tokenMissing(variable: String)
}

extension GridError: CustomStringConvertible {
    var description: String {
        switch self {
        case .intensity(let error): "\(error)"
        case .upstream(let error): "\(error)"
        case .refused(let status): "status \(status)"
        case .tooLong: "the answer is too long"
        case .file(let error): "\(error)"
        case .tokenMissing(let variable): "\(variable) is not set"
        }
    }
}

/// A source of the settings, asked for one zone at a time.
struct GridSource {
    /// Sends a request to an origin and returns the body of the answer: the only thing here that waits.
    typealias Fetch = (_ origin: String, _ request: IntensityRequest) async -> Result<[UInt8], GridError>

    /// The most bytes of a file: a year of five minutes.
    static let fileBytesMax = 32 << 20

    let settings: Settings.IntensitySource
    /// The token or password, if its variable is set.
    let token: Secret?
    /// What is asked for.
    let subjects: [IntensitySubject]

    init(_ source: Settings.IntensitySource, of configuration: GatewayConfiguration) {
        settings = source
        token = source.tokenVariable.flatMap { configuration.secret(in: $0) }
        subjects = configuration.settings.carbon.forecast ? [.latest, .forecast] : [.latest]
    }

    /// What the source says of `zone`; files block, so this is for no loop.
    ///
    /// - Parameters:
    ///   - zone: One of its zones.
    ///   - time: Seconds since 1970 UTC.
    ///   - readingsMax: More of a file are refused.
    ///   - fetch: How to ask a service.
    /// - Returns: Readings in any order; none of a source that is the operator's word.
    /// - Throws: ``GridError``.
    func readings(
        of zone: String,
        at time: Int64,
        readingsMax: Int,
        by fetch: Fetch
    ) async throws(GridError) -> [IntensityReading] {
        switch settings.kind {
        case .fixed: return []
        case .csv: return try fileReadings(readingsMax: readingsMax)
        case .uk: return try await readings(from: UKCarbonIntensity(), of: zone, at: time, by: fetch)
        case .electricityMaps:
            return try await readings(from: ElectricityMaps(token: try secret), of: zone, at: time, by: fetch)
        case .wattTime:
            let source = WattTime(token: try await wattTimeToken(by: fetch))
            return try await readings(from: source, of: zone, at: time, by: fetch)
        }
    }

    /// What `error` says, without the token, which a service that refuses it may repeat.
    func explanation(of error: GridError) -> String { token?.redacted(from: "\(error)") ?? "\(error)" }

    private var secret: Secret {
        get throws(GridError) {
            guard let token else { throw .tokenMissing(variable: settings.tokenVariable ?? "") }
            return token
        }
    }

    private func fileReadings(readingsMax: Int) throws(GridError) -> [IntensityReading] {
        let bytes: [UInt8]
        do throws(DataFile.Unreadable) {
            bytes = try DataFile.bytes(at: settings.path ?? "", bytesMax: Self.fileBytesMax)
        } catch {
            throw .file(error)
        }
        let scope: ElectricityMapsCSV.Scope = settings.scope == .direct ? .direct : .lifeCycle
        return try Self.inside { () throws(IntensityError) in
            try ElectricityMapsCSV(bytes, scope: scope, readingsMax: readingsMax).readings
        }
    }

    /// A login's token, which is good for half an hour; without a user, the token that the operator has.
    private func wattTimeToken(by fetch: Fetch) async throws(GridError) -> Secret {
        let secret = try secret
        guard let user = settings.user else { return secret }
        let login = WattTime.login(user: user, password: secret)
        let body = try await fetch(settings.origin ?? WattTime.defaultOrigin, login).get()
        return try Self.inside { () throws(IntensityError) in try WattTime.token(in: body) }
    }

    private func readings<Source: IntensitySource>(
        from source: Source,
        of zone: String,
        at time: Int64,
        by fetch: Fetch
    ) async throws(GridError) -> [IntensityReading] {
        var readings: [IntensityReading] = []
        for subject in subjects {
            let request = try Self.inside { () throws(IntensityError) in
                try source.request(subject, zone: zone, at: time)
            }
            let body = try await fetch(settings.origin ?? Source.defaultOrigin, request).get()
            readings += try Self.inside { () throws(IntensityError) in try source.readings(in: body) }
        }
        return readings
    }

    private static func inside<Value>(_ body: () throws(IntensityError) -> Value) throws(GridError) -> Value {
        do throws(IntensityError) {
            return try body()
        } catch {
            throw .intensity(error)
        }
    }
}
