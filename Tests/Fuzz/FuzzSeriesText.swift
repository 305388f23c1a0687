/// Feeds the input to the reader of series; what it takes are finite values, no more than it may.
@c(LLVMFuzzerTestOneInput)
public func fuzzSeriesText(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let text = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    for zone in [nil, "Europe/Berlin"] {
        var file = SeriesFile()
        file.timeZone = zone
        file.hoursMax = 10_000
        guard let series = try? file.series(of: text, named: "input") else { continue }
        require((1...106_000).contains(series.count), "a series is not empty and not too long")
        require(series.values.allSatisfy { $0 >= 0 && $0 <= 4e18 }, "values are what demand can be")
        require(series.filledCount * 4 <= series.count, "no more than a quarter is filled in")
    }
    return 0
}

/// The yearly means of countries, which the package manager compiles in, and which no series is read by.
enum PackageResources {
    static let country_intensity_csv: [UInt8] = []
}
