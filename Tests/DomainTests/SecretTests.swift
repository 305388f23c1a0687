import Domain
import Testing

@Suite struct SecretTests {
    private static let text = "sk-very-secret-0123456789"

    private struct Holder: Sendable {
        let name = "provider"
        let secret = Secret(SecretTests.text)
        let maybe: Secret? = Secret(SecretTests.text)
        let byName = ["key": Secret(SecretTests.text)]
        let all = [Secret(SecretTests.text)]
    }

    private struct Failure: Error {
        let secret = Secret(SecretTests.text)
    }

    @Test func theOneWayToReadItIsToSayThatOneDoes() {
        #expect(Secret(Self.text).reveal() == Self.text)
    }

    @Test func noWayOfPrintingShowsIt() {
        let secret = Secret(Self.text)
        #expect("\(secret)" == "<secret>")
        #expect(String(describing: secret) == "<secret>")
        #expect(String(reflecting: secret) == "<secret>")
        #expect("\(secret as Any)" == "<secret>")
        #expect("\(Optional(secret) as Any)" == "Optional(<secret>)")
    }

    /// Logs interpolate whatever they are given: a struct, an error, a dictionary.
    @Test func nothingThatHoldsItShowsItEither() {
        let holder = Holder()
        var dumped = ""
        dump(holder, to: &dumped)
        dump(Failure(), to: &dumped)
        dump(Secret(Self.text), to: &dumped)
        var printed = ""
        print(holder, holder.byName, holder.all, Failure(), separator: "\n", to: &printed)
        debugPrint(holder, holder.maybe as Any, to: &printed)
        for text in [dumped, printed, "\(holder)", String(reflecting: holder), "\(Failure())"] {
            #expect(!text.contains(Self.text) && !text.contains("0123"))
            #expect(text.contains("<secret>"))
        }
    }

    @Test func aMirrorFindsNothingInIt() {
        let mirror = Mirror(reflecting: Secret(Self.text))
        #expect(mirror.children.isEmpty)
        #expect(mirror.superclassMirror == nil)
    }

    /// An encoder would write it into an export.
    @Test func noEncoderTakesIt() {
        #expect(!((Secret(Self.text) as Any) is any Encodable))
    }
}
