internal import Domain
internal import Foundation
internal import Routing
public import TextEncoding

/// Averaged hidden states on disk, so that a prompt is encoded once, however often it is learned from.
///
/// A file of records: 16 bytes that stand for the prompt's text and for layers that aren't the stack's, then the layers'
/// numbers in float32, little-endian. The first record is of ``probe``: it tells the encoder that the others are of. Records
/// are only appended; a last one that was cut off is not read.
public struct VectorCache {
    private let path: String
    private let layers: [Int]
    private let width: Int
    /// What keeps vectors of one choice of layers from being taken for another's.
    private let salt: [UInt8]
    private var places: [Fingerprint: Int] = [:]
    private var records: Data

    /// The text by whose vectors a file's encoder is known.
    public static let probe = "Which of these two is the better answer, and why?"
    /// How far two encodings of the probe by one encoder may be apart, for their length: processors round differently.
    private static let differenceMax: Float = 1e-3

    /// The cache of what `encoder` says of `layers`, in the file at `path`, which need not exist yet.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)`` as ``init(path:layers:probe:)``, or if the encoder can't be run.
    public init(path: String, layers: [Int], of encoder: Encoder) throws(DataError) {
        let said: [[Float]]
        do {
            said = try encoder.encode(Self.probe, layers: layers)
        } catch {
            throw .unreadable(path: "the encoder", reason: error.message)
        }
        try self.init(path: path, layers: layers, probe: Dictionary(zip(layers, said)) { $1 })
    }

    /// The cache in the file at `path`, which need not exist yet.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - layers: The layers of a record, in their order.
    ///   - probe: What the encoder says of ``probe``.
    /// - Throws: ``DataError/unreadable(path:reason:)`` for a file that is something else, or of another encoder or of other
    ///   layers: writing to it would spoil it.
    public init(path: String, layers: [Int], probe: [Int: [Float]]) throws(DataError) {
        self.path = path
        self.layers = layers
        width = layers.first.flatMap { probe[$0]?.count } ?? 0
        salt = layers == FeatureVector.layers ? [] : Array("\0\(layers)".utf8)
        records = Data()
        guard FileManager.default.fileExists(atPath: path) else {
            keep(probe, of: Self.probe)
            return
        }
        do {
            records = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        readPlaces()
        guard let start = places[Fingerprint(of: Self.probe.utf8 + salt)], start == 16,
            states(of: Self.probe).map({ Self.areAlike($0, probe) }) ?? false
        else {
            let names = layers.map(String.init).joined(separator: ", ")
            let reason = "it isn't what this encoder says of layers \(names): name another file of vectors"
            throw .unreadable(path: path, reason: reason)
        }
    }

    private static func areAlike(_ states: [Int: [Float]], _ others: [Int: [Float]]) -> Bool {
        states.allSatisfy { layer, values in
            let other = others[layer] ?? []
            let difference = zip(values, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            let length = other.reduce(0) { $0 + $1 * $1 }
            return difference <= Self.differenceMax * Self.differenceMax * length
        }
    }

    private mutating func readPlaces() {
        records.removeLast(records.count % recordBytes)
        for place in 0..<records.count / recordBytes {
            let start = place * recordBytes
            let key = Fingerprint(first: number(at: start), second: number(at: start + 8))
            places[key] = start + 16
        }
    }

    private var recordBytes: Int { 16 + layers.count * width * 4 }

    /// The layers of `text`; `nil` if it is not there.
    public func states(of text: String) -> [Int: [Float]]? {
        guard let start = places[Fingerprint(of: text.utf8 + salt)] else { return nil }
        var states: [Int: [Float]] = [:]
        for (index, layer) in layers.enumerated() {
            let first = start + index * width * 4
            states[layer] = (0..<width).map {
                Float(bitPattern: UInt32(truncatingIfNeeded: number(at: first + $0 * 4)))
            }
        }
        return states
    }

    /// Keeps the layers of `text`, for this process until ``save()``.
    ///
    /// - Precondition: Each layer has the cache's width.
    public mutating func keep(_ states: [Int: [Float]], of text: String) {
        let key = Fingerprint(of: text.utf8 + salt)
        guard places[key] == nil else { return }
        append(key.first)
        append(key.second)
        places[key] = records.count
        for layer in layers {
            let values = states[layer] ?? []
            precondition(values.count == width, "a layer of the cache's width")
            for value in values { append(UInt64(value.bitPattern), bytes: 4) }
        }
    }

    /// Writes the file.
    ///
    /// - Throws: ``DataError/unreadable(path:reason:)``.
    public func save() throws(DataError) {
        do {
            try records.write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }

    private mutating func append(_ number: UInt64, bytes: Int = 8) {
        for shift in 0..<bytes { records.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(shift)))) }
    }

    /// Up to eight bytes from `start` on, little-endian.
    private func number(at start: Int) -> UInt64 {
        var number: UInt64 = 0
        for (shift, byte) in records[start..<min(start + 8, records.count)].enumerated() {
            number |= UInt64(byte) << (8 * UInt64(shift))
        }
        return number
    }
}
