/// Feeds the input to every reader of grid intensities, services' answers and files; what they take is in bounds.
@c(LLVMFuzzerTestOneInput)
public func fuzzGridAnswer(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let text = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    let secret = Secret("token")
    let sources: [any IntensitySource] = [
        ElectricityMaps(token: secret), WattTime(token: secret), UKCarbonIntensity(),
    ]
    for source in sources { check((try? source.readings(in: text)) ?? []) }
    for scope in ElectricityMapsCSV.Scope.allCases {
        guard let file = try? ElectricityMapsCSV(text, scope: scope, readingsMax: 100) else { continue }
        require(file.readings.count <= 100, "a file is not too long")
        check(file.readings)
    }
    _ = try? WattTime.token(in: text)
    return 0
}

private func check(_ readings: [IntensityReading]) {
    for reading in readings {
        require((0...5000).contains(reading.gramsPerKilowattHour), "an intensity is one that a grid can have")
    }
    var series = IntensitySeries(readingsMax: 50)
    series.insert(readings)
    require(series.readings.count <= 50, "a series keeps no more than it may")
    for (reading, next) in zip(series.readings, series.readings.dropFirst()) {
        require(reading.start < next.start, "a series is in order")
    }
}

/// The yearly means of countries, which the package manager compiles in, and which no answer is read by.
enum PackageResources {
    static let country_intensity_csv: [UInt8] = []
}
