/// A service that tells grids' intensities over HTTP: what to ask it, and what its answers say.
///
/// Pure: whoever has a connection sends the request to the service's address, which is a setting, and gives the answer's
/// body back. Files and fixed figures need no request: ``ElectricityMapsCSV``, ``IntensityBook/declare(_:zone:)``.
public protocol IntensitySource: Sendable {
    /// Where the service is, unless the operator says otherwise: a URL without a path.
    static var defaultOrigin: String { get }

    /// The request for what is known of a zone at a time, in seconds since 1970 UTC.
    ///
    /// - Throws: ``IntensityError/zoneInvalid``.
    func request(_ subject: IntensitySubject, zone: String, at time: Int64) throws(IntensityError) -> IntensityRequest

    /// The readings in the body of an answer, in its order; entries without a value are left out.
    ///
    /// - Throws: ``IntensityError`` if it is none of the service's answers. Never traps, whatever the bytes.
    func readings(in body: [UInt8]) throws(IntensityError) -> [IntensityReading]
}

/// What a source may be asked for.
public enum IntensitySubject: String, CaseIterable, Hashable, Sendable {
    /// The present.
    case latest
    /// The last day.
    case history
    /// The coming day, or as much as the service tells.
    case forecast
}

/// A GET request to a source.
public struct IntensityRequest: Hashable, Sendable {
    /// Path and query, such as `/v3/carbon-intensity/latest?zone=DE`.
    public let path: String
    /// The headers that it needs; one of them may be a secret, so don't log them.
    public let headers: [Header]

    /// A header's name and value.
    public struct Header: Hashable, Sendable {
        /// The name, in lower case.
        public let name: String
        /// The value.
        public let value: String

        /// A header.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A request for `path` with `headers`.
    public init(path: String, headers: [Header]) {
        self.path = path
        self.headers = headers
    }
}

/// A zone's name is put into a path as it is, so it may only have letters, digits, `-` and `_`.
func validated(zone: String) throws(IntensityError) -> String {
    let isValid = zone.utf8.allSatisfy {
        switch $0 {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
    }
    guard isValid, (1...64).contains(zone.utf8.count) else { throw .zoneInvalid }
    return zone
}
