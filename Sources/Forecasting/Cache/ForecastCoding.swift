internal import Domain

/// A forecast as bytes: words of eight, the lowest byte first, with a fingerprint of all others at the end.
///
/// A number of the format, the key's halves, the first hour, how many hours, how many levels; the values; each level and
/// its values.
enum ForecastCoding {
    /// `SYFORC` and a number that goes up with the format.
    private static let format: UInt64 = 0x5359_464F_5243_0001
    /// Longer forecasts, in hours, and more levels are not believed.
    private static let most = 1 << 20

    static func bytes(of forecast: Forecast, key: Fingerprint) -> [UInt8] {
        var words = [format, key.first, key.second]
        words += [forecast.start.number, forecast.values.count, forecast.quantiles.count].map {
            UInt64(bitPattern: Int64($0))
        }
        words += forecast.values.map(\.bitPattern)
        for quantile in forecast.quantiles {
            words.append(quantile.level.bitPattern)
            words += quantile.values.map(\.bitPattern)
        }
        let seal = seal(of: words)
        words += [seal.first, seal.second]
        return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
    }

    /// The forecast that `bytes` hold for `key`; `nil` for any other bytes.
    static func forecast(in bytes: [UInt8], key: Fingerprint) -> Forecast? {
        guard bytes.count.isMultiple(of: 8), bytes.count >= 64 else { return nil }
        let words = stride(from: 0, to: bytes.count, by: 8).map { start in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
        }
        let body = Array(words.dropLast(2))
        guard Fingerprint(first: words[words.count - 2], second: words[words.count - 1]) == seal(of: body),
            body[0] == format, Fingerprint(first: body[1], second: body[2]) == key,
            let hours = Int(exactly: body[4]), let levels = Int(exactly: body[5]), hours <= most, levels <= most,
            body.count == 6 + hours + levels * (hours + 1)
        else { return nil }
        let numbers = body.dropFirst(6).map(Double.init(bitPattern:))
        guard numbers.allSatisfy(\.isFinite) else { return nil }
        let quantiles = (0..<levels).map { level in
            let start = hours + level * (hours + 1)
            return Forecast.Quantile(level: numbers[start], values: Array(numbers[start + 1..<start + 1 + hours]))
        }
        return Forecast(
            start: Hour(number: Int(Int64(bitPattern: body[3]))),
            values: Array(numbers[..<hours]),
            quantiles: quantiles
        )
    }

    private static func seal(of words: [UInt64]) -> Fingerprint {
        var seal = Fingerprint()
        for word in words { seal.add(word) }
        return seal
    }
}
