import Domain
import HTTP
import Testing

@Suite struct JSONEditingTests {
    private func replacing(_ text: String, _ changes: [(key: StaticString, value: String?)]) throws -> String {
        let document = try JSONDocument(parsing: [UInt8](text), depthMax: 32)
        return document.replacing(changes.map { ($0.key, $0.value.map { [UInt8]($0) }) }).text
    }

    @Test func setsAMemberAndLeavesTheRest() throws {
        #expect(try replacing(#" { "a" : 1 , "b":"x" } "#, [("a", "[2]")]) == #" { "a" : [2] , "b":"x" } "#)
        #expect(try replacing(#"{"\u0061":1}"#, [("a", "2")]) == #"{"\u0061":2}"#)
    }

    @Test func addsMembersAtTheEnd() throws {
        #expect(try replacing("{ \"a\":1\n} ", [("b", "2"), ("c", "3")]) == "{ \"a\":1,\"b\":2,\"c\":3\n} ")
        #expect(try replacing(" { } ", [("b", "2"), ("c", "3")]) == " {\"b\":2,\"c\":3 } ")
    }

    @Test func removesMembersWithTheirCommas() throws {
        let text = #"{ "a":1, "b":2 ,"c":3 }"#
        #expect(try replacing(text, [("a", nil)]) == #"{ "b":2 ,"c":3 }"#)
        #expect(try replacing(text, [("b", nil)]) == #"{ "a":1 ,"c":3 }"#)
        #expect(try replacing(text, [("c", nil)]) == #"{ "a":1, "b":2 }"#)
        #expect(try replacing(text, [("a", nil), ("b", nil)]) == #"{ "c":3 }"#)
        #expect(try replacing(text, [("b", nil), ("c", nil)]) == #"{ "a":1 }"#)
        #expect(try replacing(text, [("a", nil), ("b", nil), ("c", nil)]) == "{  }")
        #expect(try replacing(text, [("a", nil), ("b", nil), ("c", nil), ("d", "4")]) == #"{ "d":4 }"#)
        #expect(try replacing(text, [("x", nil)]) == text)
    }

    @Test func theFirstOfTwoChangesCounts() throws {
        #expect(try replacing(#"{"a":1}"#, [("a", "2"), ("a", "3"), ("b", "4"), ("b", "5")]) == #"{"a":2,"b":4}"#)
    }

    /// Whatever is changed, the text is JSON again, has the changes, and all other members as they were.
    @Test(arguments: 0..<300)
    func editsKeepTheRest(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let text = RandomJSON.object(using: &generator, depth: 3)
        let keys: [StaticString] = ["k0", "k1", "k2", "k5", "new"]
        let changes = keys.compactMap { key -> (key: StaticString, value: [UInt8]?)? in
            switch generator.int(0..<3) {
            case 0: (key, nil)
            case 1: (key, [UInt8]("{\"v\":[true]}"))
            default: nil
            }
        }
        let before = try members(text)
        let after = try members(JSONDocument(parsing: text, depthMax: 32).replacing(changes))
        func isChanged(_ member: String) -> Bool { changes.contains { member.hasPrefix("\($0.key)=") } }
        #expect(after.filter { !isChanged($0) } == before.filter { !isChanged($0) })
        #expect(
            after.filter(isChanged).sorted()
                == changes.filter { $0.value != nil }.map { "\($0.key)={\"v\":[true]}" }.sorted()
        )
        if changes.isEmpty { #expect(after == before) }
    }
}
