/// Feeds the input to the chunked decoder, whole and cut, and writes the body it takes to be read again.
@c(LLVMFuzzerTestOneInput)
public func fuzzChunkedBody(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    let outcomes = cuts(of: input).map { decode(input, cutAt: $0) }
    require(outcomes.allSatisfy { $0 == outcomes[0] }, "cuts don't matter")

    if case .body(let body, isComplete: true, _) = outcomes[0] {
        var written: [UInt8] = []
        written.appendChunk(body[...])
        written.appendLastChunk()
        let again = written.withUnsafeBytes { decode($0, cutAt: [$0.count]) }
        require(again == .body(body, isComplete: true, consumed: written.count), "what was written reads back")
    }
    return 0
}

private enum Outcome: Equatable {
    case body([UInt8], isComplete: Bool, consumed: Int)
    case refused(HTTPError)
}

private func decode(_ input: UnsafeRawBufferPointer, cutAt ends: [Int]) -> Outcome {
    let bodyBytesMax = 500
    var body: [UInt8] = []
    var consumed = 0
    do {
        var decoder = try BodyDecoder(.chunked, bodyBytesMax: bodyBytesMax, overheadBytesMax: 50)
        for end in ends where !decoder.isComplete {
            let piece = UnsafeRawBufferPointer(rebasing: input[consumed..<end])
            let count = try decoder.decode(piece, into: &body)
            require(count == piece.count || decoder.isComplete, "only a complete body leaves bytes")
            require(body.count <= bodyBytesMax, "no body is longer than the limit")
            consumed += count
        }
        return .body(body, isComplete: decoder.isComplete, consumed: consumed)
    } catch {
        return .refused(error)
    }
}
