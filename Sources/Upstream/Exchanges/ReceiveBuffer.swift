/// Where a loop's exchanges read into, one after the other: no byte stays here over an `await`.
final class ReceiveBuffer {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)

    deinit { bytes.deallocate() }
}
