import Domain
import Testing

@Suite struct FingerprintTests {
    /// FNV's own vectors of 64 bits, of its `test_fnv.c`.
    @Test(arguments: [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)])
    func agreesWithItsVectors(text: String, expected: UInt64) {
        #expect(Fingerprint(of: Array(text.utf8)).first == expected)
    }

    @Test func goesOnWhereItStopped() {
        var piecewise = Fingerprint()
        piecewise.add([1, 2])
        piecewise.add([3])
        #expect(piecewise == Fingerprint(of: [1, 2, 3]))
        var number = Fingerprint()
        number.add(0x0807_0605_0403_0201)
        #expect(number == Fingerprint(of: [1, 2, 3, 4, 5, 6, 7, 8]))
    }

    @Test func hasAlwaysThirtyTwoDigits() {
        #expect(Fingerprint(first: 1, second: 0).description == "0000000000000001" + "0000000000000000")
    }
}
