import Foundation
import Learning
import Testing

@Suite struct VectorCacheTests {
    private static func withPath(_ body: (String) throws -> Void) rethrows {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    /// A cache of what a made-up encoder says, whose vectors are about as long as its name.
    private static func cache(_ path: String, layers: [Int], width: Int, encoder: Float = 1) throws -> VectorCache {
        let values = (0..<width).map { encoder + Float($0) }
        return try VectorCache(path: path, layers: layers, probe: Dictionary(layers.map { ($0, values) }) { $1 })
    }

    @Test func keepsWhatTheEncoderSaid() throws {
        try Self.withPath { path in
            var cache = try Self.cache(path, layers: [0, 2], width: 3)
            #expect(cache.states(of: "a") == nil)
            cache.keep([0: [1, 2, 3], 2: [-4, 0.5, .pi]], of: "a")
            cache.keep([0: [0, 0, 0], 2: [7, 8, 9]], of: "b")
            try cache.save()
            let read = try Self.cache(path, layers: [0, 2], width: 3)
            #expect(read.states(of: "a") == [0: [1, 2, 3], 2: [-4, 0.5, .pi]])
            #expect(read.states(of: "b") == [0: [0, 0, 0], 2: [7, 8, 9]])
            #expect(read.states(of: "c") == nil)
        }
    }

    /// A process that was ended while it wrote loses a record, not the file.
    @Test func aRecordThatWasCutOffIsNotRead() throws {
        try Self.withPath { path in
            var cache = try Self.cache(path, layers: [1], width: 2)
            cache.keep([1: [1, 2]], of: "a")
            cache.keep([1: [3, 4]], of: "b")
            try cache.save()
            let bytes = try Data(contentsOf: URL(filePath: path))
            try bytes.dropLast().write(to: URL(filePath: path))
            var read = try Self.cache(path, layers: [1], width: 2)
            #expect(read.states(of: "a") == [1: [1, 2]] && read.states(of: "b") == nil)
            // What is added then stands where records stand.
            read.keep([1: [5, 6]], of: "c")
            try read.save()
            #expect(try Self.cache(path, layers: [1], width: 2).states(of: "c") == [1: [5, 6]])
        }
    }

    /// Vectors of other layers or of another encoder are not taken for this one's, and not written among them.
    @Test func aFileOfOtherVectorsIsRefused() throws {
        try Self.withPath { path in
            var cache = try Self.cache(path, layers: [0, 2], width: 2)
            cache.keep([0: [1, 2], 2: [3, 4]], of: "a")
            try cache.save()
            let others: [(layers: [Int], width: Int, encoder: Float)] = [
                ([2, 0], 2, 1), ([0], 2, 1), ([0, 2, 3], 2, 1), ([0, 2], 3, 1), ([0, 2], 2, 1.01),
            ]
            for (layers, width, encoder) in others {
                #expect("\(layers), \(width), \(encoder)") {
                    try Self.cache(path, layers: layers, width: width, encoder: encoder)
                } throws: { "\($0)".contains("name another file of vectors") }
            }
            // Another processor rounds otherwise.
            #expect(try Self.cache(path, layers: [0, 2], width: 2, encoder: 1.0001).states(of: "a") != nil)
        }
    }

    /// The wrong file, named by mistake, is not written to.
    @Test func aFileOfSomethingElseIsRefused() throws {
        let outcome = #"{"prompt":"x","scores":{"a":1}}"#
        for text in ["", "x", String(repeating: outcome + "\n", count: 100)] {
            try Self.withPath { path in
                try Data(text.utf8).write(to: URL(filePath: path))
                #expect(throws: DataError.self) { try Self.cache(path, layers: [0, 2], width: 3) }
                #expect(try Data(contentsOf: URL(filePath: path)) == Data(text.utf8))
            }
        }
    }
}
