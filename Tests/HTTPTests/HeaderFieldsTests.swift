import HTTP
import Testing

@Suite struct HeaderFieldsTests {
    private func fields(_ pairs: [(StaticString, String)]) -> HeaderFields {
        var fields = HeaderFields()
        for (name, value) in pairs { fields.append(name, value) }
        return fields
    }

    @Test func findsFieldsInAnyCase() {
        let fields = fields([("Content-Type", "text/plain"), ("X-A", "1"), ("x-a", "2")])
        #expect(fields.string("content-type") == "text/plain")
        #expect(fields.first(named: "CONTENT-TYPE")?.text == "text/plain")
        #expect(fields.all("X-a").map(\.text) == ["1", "2"])
        #expect(fields.contains("X-A") && !fields.contains("X-B") && !fields.contains("X-AB"))
        #expect(fields.map(\.name.text) == ["Content-Type", "X-A", "x-a"])
    }

    /// Only letters have a case: `^` and `~`, `@` and the grave accent differ in the same bit.
    @Test func takesNoSignForAnother() {
        #expect(!fields([("x^", "1")]).contains("x~"))
        #expect(!fields([("x-", "1")]).contains("x\r"))
    }

    @Test func findsTokensOfAList() {
        let fields = fields([("Connection", "a , Upgrade,,"), ("connection", "close")])
        for token: StaticString in ["A", "upgrade", "CLOSE"] { #expect(fields.contains("connection", token: token)) }
        for token: StaticString in ["", "b", "upgrad", "a , upgrade"] {
            #expect(!fields.contains("connection", token: token))
        }
    }

    @Test func letsNoValueEndALine() {
        let fields = fields([("a", "x\r\nInjected: y"), ("b", "\u{0}\n"), ("c", " tab\tstays ")])
        #expect(fields.map(\.value.text) == ["x  Injected: y", "  ", "tab\tstays"])
        var bytes: [UInt8] = []
        bytes.appendFields(fields)
        #expect(bytes.text == "a: x  Injected: y\r\nb:   \r\nc: tab\tstays\r\n")
    }

    @Test(arguments: ["", "a b", "a:", "a\r\nb", "\u{E9}", "a\u{0}"])
    func takesNoNameThatIsNotAToken(name: String) {
        var fields = HeaderFields()
        let isAdded = fields.append(name: [UInt8](name)[...], value: [UInt8]("v")[...])
        #expect(!isAdded && fields.isEmpty)
    }

    @Test func canBeFilledAgain() {
        var fields = fields([("a", "1"), ("b", "2")])
        fields.removeAll(keepingCapacity: true)
        #expect(fields.isEmpty && fields.first("a") == nil)
        fields.append("c", "3")
        #expect(fields.string("c") == "3")
    }
}
