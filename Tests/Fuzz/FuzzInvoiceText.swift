/// Feeds the input to the reader of invoices; its lines come in order, and their figures can be added up.
@c(LLVMFuzzerTestOneInput)
public func fuzzInvoiceText(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let text = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    let lineCount = text.count { $0 == 10 || $0 == 13 } + 1
    for record in CSVReader(text, fieldBytesMax: 100, fieldCountMax: 20) {
        require((1...lineCount).contains(record.line), "a record stands in the file")
        guard let fields = try? record.fields.get() else { continue }
        require((1...20).contains(fields.count), "a record has fields, and not too many")
        require(fields.allSatisfy { $0.utf8.count <= 100 }, "a field is not too long")
    }
    guard let invoice = try? Invoice(text, linesMax: 100) else { return 0 }
    require(invoice.lines.count + invoice.faults.count <= 100, "an invoice is not too long")
    for (line, next) in zip(invoice.lines, invoice.lines.dropFirst()) {
        require(line.line < next.line, "lines come in order")
    }
    for line in invoice.lines {
        let counts = [line.input, line.cached, line.output].compactMap(\.self)
        require(counts.allSatisfy { (0...1 << 50).contains($0) }, "tokens can be added up")
        if let day = line.day { require(Day(day.description) == day, "a day is one of the calendar") }
    }
    return 0
}
