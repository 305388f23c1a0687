public import Domain
internal import Foundation

/// Forecasts on disk, found by what they were made from, so that runs and machines that share a folder make each one once.
///
/// A file for each forecast, named by the fingerprint of its series, its method and its horizon. Files appear whole, by a
/// rename; one that was cut off, or that someone changed, is as good as none. The folder can be deleted at any time.
public struct ForecastCache: Hashable, Sendable {
    /// Where the files are; made when the first is kept.
    public let folder: String

    /// The cache in `folder`.
    public init(folder: String) { self.folder = folder }

    /// What a forecast is found by.
    ///
    /// - Parameters:
    ///   - series: Everything that it may have been made from.
    ///   - method: The method with all of its settings, and a number that goes up when its code gives something else.
    ///   - horizon: How many hours.
    /// - Returns: A fingerprint of all of them.
    public static func key(series: HourlySeries, method: String, horizon: Int) -> Fingerprint {
        var key = Fingerprint(of: Array("\(method)\0".utf8))
        key.add(UInt64(bitPattern: Int64(horizon)))
        key.add(UInt64(bitPattern: Int64(series.start.number)))
        for value in series.values { key.add(value.bitPattern) }
        return key
    }

    /// The forecast of a key; `nil` if there is none, or no whole one.
    public func forecast(for key: Fingerprint) -> Forecast? {
        guard let data = FileManager.default.contents(atPath: path(of: key)) else { return nil }
        return ForecastCoding.forecast(in: Array(data), key: key)
    }

    /// Keeps a forecast.
    ///
    /// - Throws: ``SeriesError/cacheUnwritable(path:reason:)``; the forecast is as good without it.
    public func keep(_ forecast: Forecast, for key: Fingerprint) throws(SeriesError) {
        let path = path(of: key)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let data = Data(ForecastCoding.bytes(of: forecast, key: key))
            try data.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw .cacheUnwritable(path: path, reason: error.localizedDescription)
        }
    }

    private func path(of key: Fingerprint) -> String { "\(folder)/\(key).forecast" }
}
