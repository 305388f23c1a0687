/// Stops the fuzzer, and so names the input, where a promise is broken.
func require(_ promise: @autoclosure () -> Bool, _ sentence: StaticString) {
    guard promise() else { preconditionFailure("\(sentence)") }
}

/// The ways in which an input is cut: not at all, after each byte, and at two places that the input itself chooses.
func cuts(of input: UnsafeRawBufferPointer) -> [[Int]] {
    guard input.count > 1 else { return [[input.count]] }
    let first = 1 + Int(input[0]) % (input.count - 1)
    let second = first + Int(input[input.count - 1]) % (input.count - first)
    return [[input.count], Array(1...input.count), [first, second, input.count]]
}

/// Whether `byte` may not stand in a header field's value.
func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7F }
