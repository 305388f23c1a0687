/// Feeds the input to the reader of metrics; what it finds lies in the input, a line each.
@c(LLVMFuzzerTestOneInput)
public func fuzzMetricsText(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let page = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    var end = 0
    for sample in MetricsText(page) {
        require(!sample.name.isEmpty, "a sample has a name")
        require(sample.name.startIndex >= end, "samples come in order")
        end = sample.name.endIndex
        require(!sample.name.contains(10) && !sample.labels.contains(10), "a sample is a line")
    }
    return 0
}
