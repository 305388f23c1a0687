/// Feeds the input to the event stream parser, whole and cut; all raw bytes together must be the input.
@c(LLVMFuzzerTestOneInput)
public func fuzzEventStream(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: bytes, count: count)
    let outcomes = cuts(of: input).map { events(in: input, cutAt: $0) }
    require(outcomes.allSatisfy { $0 == outcomes[0] }, "cuts don't matter")
    return 0
}

private func events(in input: UnsafeRawBufferPointer, cutAt ends: [Int]) -> [[UInt8]] {
    var parser = EventStreamParser(eventBytesMax: 100)
    var events: [[UInt8]] = []
    var raw: [UInt8] = []
    var start = 0
    for end in ends {
        parser.append(UnsafeRawBufferPointer(rebasing: input[start..<end]))
        start = end
        do {
            while let event = try parser.next() {
                require(
                    event.raw.count <= 100 && event.data.count <= event.raw.count,
                    "no event is longer than the limit"
                )
                require(!event.raw.isEmpty && [10, 13].contains(event.raw.last), "an event ends with a line")
                require(!event.data.contains(13), "data holds no CR")
                require(event.name.map { $0.contains(10) || $0.contains(13) } != true, "a name is one line")
                raw += event.raw
                events += [Array(event.data), Array(event.name ?? []), [event.isComment ? 1 : 0]]
            }
        } catch {
            return events + [[2]]
        }
    }
    require(raw + parser.partial == Array(input), "no byte is lost")
    require(parser.hasPartial == !parser.partial.isEmpty, "what is left shows")
    return events + [Array(parser.partial)]
}
