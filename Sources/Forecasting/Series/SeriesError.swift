/// Why there is no series of hours.
public enum SeriesError: Error, Hashable, Sendable {
    /// There is no file at the path, or it may not be read.
    case unreadable(path: String, reason: String)
    /// The file is longer than the limit.
    case tooLong(path: String, bytesMax: Int)
    /// A column that is needed is not in the header.
    case columnMissing(path: String, wanted: String, found: [String])
    /// A line can't be what it should be; the first line is 1.
    case malformed(path: String, line: Int, reason: String)
    /// The file holds another thing than it should.
    case unsuitable(path: String, reason: String)
    /// There is no value at all.
    case empty(path: String)
    /// More hours are missing than may be filled.
    case tooManyGaps(path: String, missing: Int, count: Int)
    /// The first and the last hour are further apart than the limit.
    case tooManyHours(path: String, hoursMax: Int)
    /// The system knows no such time zone.
    case timeZoneUnknown(String)
    /// The zone's name could lead to another folder.
    case zoneInvalid(String)
    /// There is no made-up demand of this name.
    case syntheticUnknown(String)
    /// A forecast cannot be kept.
    case cacheUnwritable(path: String, reason: String)

    /// What is wrong and what helps, in a sentence without a full stop.
    public var message: String {
        switch self {
        case .cacheUnwritable(let path, let reason): "the forecast can't be kept at \(path): \(reason)"
        case .unreadable(let path, let reason): "expected a CSV file at \(path): \(reason)"
        case .tooLong(let path, let bytesMax): "\(path) is longer than \(bytesMax) bytes"
        case .columnMissing(let path, let wanted, let found):
            "\(path):1: no column is called \(wanted); there are: \(found.joined(separator: ", "))"
        case .malformed(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .unsuitable(let path, let reason): "\(path): \(reason)"
        case .empty(let path): "\(path) has no value in any hour"
        case .tooManyGaps(let path, let missing, let count):
            "\(path): \(missing) of \(count) hours have no value, too many to fill"
        case .tooManyHours(let path, let hoursMax):
            "\(path): its times are more than \(hoursMax) hours apart; look for one that is mistyped"
        case .timeZoneUnknown(let name): "there is no time zone \(name); write one such as Europe/Berlin"
        case .zoneInvalid(let zone): "\(zone) is no zone of a grid; write one such as US-CAL-CISO"
        case .syntheticUnknown(let name):
            "there is no demand called \(name); write static_e6, normal_e6 or daily_e6, with any power of ten"
        }
    }
}
