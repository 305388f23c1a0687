internal import HTTP

/// The header of a safetensors file, checked against the file's size.
struct SafetensorsHeader {
    private(set) var tensors: [String: SafetensorsFile.Tensor] = [:]
    private(set) var metadata: [String: String] = [:]

    /// The longest header that is read: a hundred times that of a large model.
    private static let bytesMax = 16 << 20
    /// The most dimensions of a tensor, and the most numbers of one, so that no product overflows.
    private static let dimensionsMax = 8
    private static let numbersMax = 1 << 40

    /// Reads the header of a whole file.
    init(_ file: UnsafeRawBufferPointer) throws(FileError) {
        guard file.count >= 8 else { throw .malformed(reason: "it is shorter than 8 bytes") }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(Self.bytesMax), Int(length) <= file.count - 8 else {
            throw .malformed(reason: "its header of \(length) bytes is longer than the file, or than \(Self.bytesMax)")
        }
        let text = Array(file[8..<8 + Int(length)])
        do {
            try read(JSONDocument(parsing: text, depthMax: 4), dataStart: 8 + Int(length))
        } catch let error as JSONError {
            throw .malformed(reason: "in its header, \(error.message)")
        } catch let error as FileError {
            throw error
        } catch {
            throw .malformed(reason: "its header can't be read")
        }
        try checkPlaces(dataStart: 8 + Int(length), end: file.count)
    }

    private mutating func read(_ header: JSONDocument, dataStart: Int) throws {
        guard header.root.kind == .object else { throw FileError.malformed(reason: "its header is no object") }
        for member in header.members {
            let name = try header.string(of: member.key) ?? ""
            if name == "__metadata__" {
                try readMetadata(header, member.value)
            } else {
                let tensor = try tensor(header, member.value, name: name, dataStart: dataStart)
                guard tensors.updateValue(tensor, forKey: name) == nil else {
                    throw FileError.malformed(reason: "it has two tensors \(name)")
                }
            }
        }
    }

    private mutating func readMetadata(_ header: JSONDocument, _ value: JSONValue) throws {
        guard value.kind == .object else { throw FileError.malformed(reason: "its metadata is no object") }
        for member in header.members(of: value) {
            guard let key = try header.string(of: member.key), let text = try header.string(of: member.value) else {
                throw FileError.malformed(reason: "its metadata has other values than text")
            }
            metadata[key] = text
        }
    }

    private func tensor(
        _ header: JSONDocument,
        _ value: JSONValue,
        name: String,
        dataStart: Int
    ) throws -> SafetensorsFile.Tensor {
        guard value.kind == .object, let typeName = try header.member("dtype", of: value),
            let shape = try header.member("shape", of: value), shape.kind == .array,
            let place = try header.member("data_offsets", of: value), place.kind == .array
        else { throw FileError.malformed(reason: "tensor \(name) lacks its dtype, shape or data_offsets") }
        let found = try header.string(of: typeName) ?? ""
        guard let type = ScalarType(rawValue: found) else { throw FileError.type(tensor: name, found: found) }
        let dimensions = header.elements(of: shape).map { header.int(of: $0) ?? -1 }
        let offsets = header.elements(of: place).map { header.int(of: $0) ?? -1 }
        guard let count = Self.count(dimensions), offsets.count == 2,
            0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= Int.max - dataStart,
            offsets[1] - offsets[0] == count * type.size
        else { throw FileError.malformed(reason: "tensor \(name) has a shape and a place that don't agree") }
        return SafetensorsFile.Tensor(
            type: type,
            shape: dimensions,
            range: dataStart + offsets[0]..<dataStart + offsets[1]
        )
    }

    /// How many numbers a shape has; `nil` for one that makes no sense.
    private static func count(_ shape: [Int]) -> Int? {
        guard shape.count <= dimensionsMax else { return nil }
        var count = 1
        for dimension in shape {
            guard 0...numbersMax ~= dimension else { return nil }
            let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
            guard !overflows, product <= numbersMax else { return nil }
            count = product
        }
        return count
    }

    /// Refuses tensors that overlap, leave gaps, or end before or behind the file, as the format does.
    private func checkPlaces(dataStart: Int, end: Int) throws(FileError) {
        var position = dataStart
        let places = tensors.map { (name: $0.key, range: $0.value.range) }
        for place in places.sorted(by: {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }) {
            guard place.range.lowerBound == position else {
                throw .malformed(reason: "tensor \(place.name) overlaps another, or there is a gap before it")
            }
            position = place.range.upperBound
        }
        guard position == end else {
            throw .malformed(reason: "its tensors end at byte \(position), the file at byte \(end)")
        }
    }
}
