import Foundation
import Learning
import Testing

@Suite struct VectorCacheTests {
    private static func withPath(_ body: (String) throws -> Void) rethrows {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func keepsWhatTheEncoderSaid() throws {
        try Self.withPath { path in
            var cache = VectorCache(path: path, layers: [0, 2], width: 3)
            #expect(cache.states(of: "a") == nil)
            cache.keep([0: [1, 2, 3], 2: [-4, 0.5, .pi]], of: "a")
            cache.keep([0: [0, 0, 0], 2: [7, 8, 9]], of: "b")
            try cache.save()
            let read = VectorCache(path: path, layers: [0, 2], width: 3)
            #expect(read.states(of: "a") == [0: [1, 2, 3], 2: [-4, 0.5, .pi]])
            #expect(read.states(of: "b") == [0: [0, 0, 0], 2: [7, 8, 9]])
            #expect(read.states(of: "c") == nil)
        }
    }

    /// A process that was ended while it wrote loses a record, not the file.
    @Test func aRecordThatWasCutOffIsNotRead() throws {
        try Self.withPath { path in
            var cache = VectorCache(path: path, layers: [1], width: 2)
            cache.keep([1: [1, 2]], of: "a")
            cache.keep([1: [3, 4]], of: "b")
            try cache.save()
            let bytes = try Data(contentsOf: URL(filePath: path))
            try bytes.dropLast().write(to: URL(filePath: path))
            var read = VectorCache(path: path, layers: [1], width: 2)
            #expect(read.states(of: "a") == [1: [1, 2]] && read.states(of: "b") == nil)
            // What is added then stands where records stand.
            read.keep([1: [5, 6]], of: "c")
            try read.save()
            #expect(VectorCache(path: path, layers: [1], width: 2).states(of: "c") == [1: [5, 6]])
        }
    }

    /// The same prompt has other vectors in other layers: they are read again.
    @Test func vectorsOfOtherLayersAreNotTaken() throws {
        try Self.withPath { path in
            var cache = VectorCache(path: path, layers: [0, 2], width: 2)
            cache.keep([0: [1, 2], 2: [3, 4]], of: "a")
            try cache.save()
            for layers in [[2, 0], [0, 1], [0], [0, 2, 3]] {
                #expect(VectorCache(path: path, layers: layers, width: 2).states(of: "a") == nil, "\(layers)")
            }
        }
    }
}
