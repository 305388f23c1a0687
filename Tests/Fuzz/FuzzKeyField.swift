/// Feeds the input to the reader of clients' keys, as the value of each of the two header lines that may hold one.
@c(LLVMFuzzerTestOneInput)
public func fuzzKeyField(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let value = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    for name in ["authorization", "api-key"] {
        let text = Array("GET / HTTP/1.1\r\n\(name): ".utf8) + value + Array("\r\n\r\n".utf8)
        var parser = RequestHeadParser(headBytesMax: 4096, headerCountMax: 10)
        var head = RequestHead()
        let isWhole = text.withUnsafeBytes { bytes in (try? parser.parse(bytes, into: &head)) != nil }
        guard isWhole, let key = head.fields.presentedKey else { continue }
        guard let all = head.fields.first("authorization") ?? head.fields.first("api-key") else {
            preconditionFailure("a key stands in one of two fields")
        }
        require(all.suffix(key.count).elementsEqual(key), "a key is the end of its field's value")
        require(key.count == all.count || key.count == all.count - 7, "before it stands the scheme, or nothing")
    }
    return 0
}
