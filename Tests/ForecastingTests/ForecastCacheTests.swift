import Domain
import Foundation
import Testing

@testable import Forecasting

@Suite struct ForecastCacheTests {
    private let series = HourlySeries(start: Hour(number: 5), values: [1, 2, 3])
    private let forecast = Forecast(
        start: Hour(number: 8),
        values: [4, 5.5],
        quantiles: [.init(level: 0.1, values: [3, 4]), .init(level: 0.9, values: [5, 7])]
    )

    @Test func givesBackWhatItKept() throws {
        try withTemporaryFolder { folder in
            let cache = ForecastCache(folder: "\(folder)/made/when/needed")
            let key = ForecastCache.key(series: series, method: "x", horizon: 2)
            #expect(cache.forecast(for: key) == nil)
            try cache.keep(forecast, for: key)
            #expect(ForecastCache(folder: cache.folder).forecast(for: key) == forecast)
            try FileManager.default.removeItem(atPath: cache.folder)
            #expect(cache.forecast(for: key) == nil)
        }
    }

    /// Another value, hour, method or horizon is another forecast.
    @Test func tellsForecastsApart() {
        let key = ForecastCache.key(series: series, method: "x", horizon: 2)
        let other = HourlySeries(start: Hour(number: 5), values: [1, 2, 3.0000001])
        #expect(ForecastCache.key(series: other, method: "x", horizon: 2) != key)
        #expect(ForecastCache.key(series: series.shifted(by: 1), method: "x", horizon: 2) != key)
        #expect(ForecastCache.key(series: series, method: "y", horizon: 2) != key)
        #expect(ForecastCache.key(series: series, method: "x", horizon: 3) != key)
        #expect(ForecastCache.key(series: series, method: "x", horizon: 2) == key)
    }

    /// Cut off anywhere, or with any one bit turned, a file is none.
    @Test func believesNoDamagedFile() throws {
        let key = ForecastCache.key(series: series, method: "x", horizon: 2)
        let bytes = ForecastCoding.bytes(of: forecast, key: key)
        #expect(ForecastCoding.forecast(in: bytes, key: key) == forecast)
        for count in 0..<bytes.count { #expect(ForecastCoding.forecast(in: Array(bytes[..<count]), key: key) == nil) }
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(ForecastCoding.forecast(in: damaged, key: key) == nil)
        }
        let another = ForecastCache.key(series: series, method: "y", horizon: 2)
        #expect(ForecastCoding.forecast(in: bytes, key: another) == nil)
    }

    @Test func saysWhereItCannotWrite() throws {
        try withTemporaryFolder { folder in
            try write("a file", to: "taken", in: folder)
            let key = ForecastCache.key(series: series, method: "x", horizon: 2)
            let message = message { try ForecastCache(folder: "\(folder)/taken").keep(forecast, for: key) }
            #expect(message.hasPrefix("the forecast can't be kept at \(folder)/taken/"))
        }
    }
}
