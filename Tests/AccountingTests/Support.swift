import Domain
import Foundation

/// The natural logarithm, without Foundation in the tests that need nothing else of it.
func logarithm(_ x: Double) -> Double { log(x) }

/// e to the power of x.
func exponential(_ x: Double) -> Double { exp(x) }

/// The bytes of a file in Tests/Fixtures.
func fixture(_ name: String) throws -> [UInt8] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: tests.appending(path: "Fixtures/\(name)")))
}

/// A text as it may arrive: cut off, or with bytes changed, doubled and left out.
func mutated(_ text: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
    var text =
        Int.random(in: 0..<4, using: &generator) == 0
        ? Array(text.prefix(.random(in: 0...text.count, using: &generator))) : text
    let characters = Array(#"{}[]",:.-+eE0123456789nulltruefalsZT"#.utf8) + [0, 0x0A, 0x7F, 0xC3, 0xFF]
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
        guard let index = text.indices.randomElement(using: &generator) else { break }
        let byte = characters[Int.random(in: characters.indices, using: &generator)]
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: text[index] = byte
        case 1: text.insert(byte, at: index)
        default: text.removeSubrange(index..<min(index + .random(in: 1...20, using: &generator), text.count))
        }
    }
    return text
}
