/// Feeds the input to the request parser, whole and cut, and writes what it takes to be read again.
@c(LLVMFuzzerTestOneInput)
public func fuzzRequestHead(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    let outcomes = cuts(of: input).map { parse(input, cutAt: $0) }
    require(outcomes.allSatisfy { $0 == outcomes[0] }, "cuts don't matter")
    return 0
}

/// Parses growing prefixes of `input`, as a connection does; describes what came of it.
private func parse(_ input: UnsafeRawBufferPointer, cutAt ends: [Int]) -> String {
    var parser = RequestHeadParser(headBytesMax: 600, headerCountMax: 10)
    var head = RequestHead()
    for end in ends {
        do {
            let prefix = UnsafeRawBufferPointer(rebasing: input[..<end])
            guard let count = try parser.parse(prefix, into: &head) else { continue }
            require(
                count <= end && input[..<count].suffix(4).elementsEqual([13, 10, 13, 10]),
                "a head ends in CRLF CRLF"
            )
            check(head)
            return "\(count) \(describe(head))"
        } catch {
            return "\(error)"
        }
    }
    return "needs more"
}

private func check(_ head: RequestHead) {
    for field in head.fields { require(!field.value.contains(where: isControl), "values hold no control characters") }
    require(!head.targetBytes.contains { $0 <= 0x20 || $0 >= 0x7F }, "targets are visible ASCII")
    require(head.minorVersion == 0 || head.fields.all("host").count == 1, "there is one host")
    require(head.fields.all("content-length").count <= 1, "there is one length at most")
    if head.framing == .chunked { require(head.fields.first("content-length") == nil, "framing is unambiguous") }

    var written = Array(head.methodBytes) + [0x20] + head.targetBytes
    written.append(head.minorVersion == 1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n")
    written.appendFields(head.fields)
    written.appendHeadEnd()
    var parser = RequestHeadParser(headBytesMax: 1200, headerCountMax: 10)
    var again = RequestHead()
    let count = written.withUnsafeBytes { bytes in try? parser.parse(bytes, into: &again) }
    require(count == written.count && describe(again) == describe(head), "what was written reads back")
}

private func describe(_ head: RequestHead) -> String {
    let fields = head.fields.map { "\(Array($0.name)) \(Array($0.value))" }
    return
        "\(head.method) \(head.path) \(head.query ?? "-") \(head.framing) \(head.keepsAlive) \(head.expectsContinue) \(fields)"
}
