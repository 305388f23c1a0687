/// Reads the input as a safetensors file: it is refused, or every tensor's numbers are inside of it and apart from others'.
@c(LLVMFuzzerTestOneInput)
public func fuzzSafetensors(_ bytes: UnsafeRawPointer, _ count: Int) -> CInt {
    // A copy that is as long as the input, so that a byte behind it is found.
    let input = Array(UnsafeRawBufferPointer(start: bytes, count: count))
    input.withUnsafeBytes { file in
        guard let header = try? SafetensorsHeader(file) else { return }
        var read = 0
        for tensor in header.tensors.values {
            let numbers = tensor.type.floats(UnsafeRawBufferPointer(rebasing: file[tensor.range]))
            require(numbers.count == tensor.shape.reduce(1, *), "a tensor has the numbers of its shape")
            read += tensor.range.count
        }
        require(read < count, "no number belongs to two tensors")
    }
    return 0
}
