import Domain
import Foundation
import HTTP
import Testing

@Suite struct JSONWriterTests {
    @Test func writesNestedValuesWithTheirCommas() {
        var writer = JSONWriter()
        writer.object {
            $0.member("a", 1)
            $0.member("b", "x")
            $0.member("c", nil as String?)
            $0.array("d") {
                $0.value(true)
                $0.null()
                $0.object { _ in }
                $0.array { $0.value(0.5) }
                $0.object { $0.member("e", -7) }
            }
            $0.object("f") { $0.member("g", false) }
            $0.member("h", raw: [UInt8]("[1, 2]")[...])
            $0.key(named: "i\"")
            $0.value(2.0)
        }
        #expect(
            writer.bytes.text
                == #"{"a":1,"b":"x","c":null,"d":[true,null,{},[0.5],{"e":-7}],"f":{"g":false},"h":[1, 2],"i\"":2.0}"#
        )
    }

    @Test(arguments: 0..<200)
    func stringsReadBack(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let scalars: [ClosedRange<UInt32>] = [
            0...0x1F, 0x20...0x7F, 0x22...0x22, 0x5C...0x5C, 0x80...0xD7FF, 0xE000...0x10FFFF,
        ]
        let text = (0..<generator.int(0..<60)).reduce(into: "") { text, _ in
            let code = UInt32.random(in: generator.one(of: scalars), using: &generator)
            text.unicodeScalars.append(Unicode.Scalar(code) ?? "?")
        }
        var writer = JSONWriter()
        writer.object { $0.member("a", text) }
        let document = try JSONDocument(parsing: writer.bytes, depthMax: 1)
        let value = try #require(document["a"])
        #expect(try document.string(of: value)?.utf8.elementsEqual(text.utf8) == true)
        let theirs = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: String]
        #expect(theirs?["a"]?.utf8.elementsEqual(text.utf8) == true)
    }

    @Test(arguments: [
        0, -0.0, 1, 0.1, 1e21, 1e-7, Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude, -1.5e300, 1e16,
        123456789.125,
    ])
    func numbersReadBack(number: Double) throws {
        var writer = JSONWriter()
        writer.object { $0.member("a", number) }
        let document = try JSONDocument(parsing: writer.bytes, depthMax: 1)
        #expect(try document.double(of: #require(document["a"])) == number)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func writesNullForWhatJSONCannotHold(number: Double) {
        var writer = JSONWriter()
        writer.array { $0.value(number) }
        #expect(writer.bytes.text == "[null]")
    }

    @Test func usesMemoryAgain() {
        var writer = JSONWriter(reusing: [UInt8]("old"))
        writer.value("new")
        #expect(writer.bytes.text == "\"new\"")
    }
}
