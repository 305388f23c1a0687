import Domain
import Neural
import Testing

@Suite struct SafetensorsTests {
    @Test func readsWhatItWrote() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 1)
        let weights = generator.matrix(5, 3)
        let tensors: [String: Safetensors.Tensor] = [
            "weights": .init(weights), "bias": .init([1, -0.0, .infinity]), "none": .init(shape: [0, 4], values: []),
            "one “number”": .init(shape: [], values: [.leastNonzeroMagnitude]),
        ]
        let path = folder.path("model.safetensors")
        try Safetensors.write(tensors, metadata: ["format": "pt", "licence": "none"], to: path)
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == ["format": "pt", "licence": "none"])
        #expect(file.tensors.count == 4)
        for (name, tensor) in tensors { #expect(try file.floats(name, shape: tensor.shape) == tensor.values) }
        #expect(try file.matrix("weights", rows: 5) == weights)
        #expect(throws: FileError.missing(tensor: "other")) { try file.floats("other") }
        #expect(throws: FileError.shape(tensor: "bias", found: [3], wanted: [4])) {
            try file.floats("bias", shape: [4])
        }
        #expect(throws: FileError.self) { try file.matrix("weights", columns: 4) }
        #expect(throws: FileError.self) { try file.matrix("bias") }
    }

    /// Each type, with its least and greatest numbers, those that are none, and bytes that are out of line.
    @Test(
        arguments: [
            ("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], [1.5]),
            ("F32", [0, 0, 0xC0, 0x3F, 0, 0, 0x80, 0xFF], [1.5, -.infinity]),
            (
                "F16", [0, 0x3E, 1, 0, 0xFF, 0x7B, 0, 0xFC, 0, 0x80, 0xFF, 0x83],
                [1.5, 0x1p-24, 65504, -.infinity, -0.0, -0x1.FF8p-15]
            ),
            ("BF16", [0xC0, 0x3F, 0x80, 0xFF], [1.5, -.infinity]),
            ("I64", [254, 255, 255, 255, 255, 255, 255, 255], [-2]),
            ("I32", [0, 0, 0, 0x80], [-0x1p31]), ("I16", [255, 127], [32767]), ("I8", [128, 127], [-128, 127]),
            ("U8", [128, 255], [128, 255]), ("BOOL", [0, 1], [0, 1]),
        ] as [(String, [UInt8], [Float])]
    )
    func readsEachType(name: String, bytes: [UInt8], expected: [Float]) throws {
        let folder = try TemporaryFolder()
        let tensor = #""x":{"dtype":"\#(name)","shape":[\#(expected.count)],"data_offsets":[1,\#(bytes.count + 1)]}"#
        let header = #"{"odd":{"dtype":"U8","shape":[],"data_offsets":[0,1]},\#(tensor)}"#
        let file = try SafetensorsFile(path: folder.file("x.safetensors", Self.file(header, [7] + bytes)))
        #expect(try file.floats("x").map(\.bitPattern) == expected.map(\.bitPattern))
    }

    @Test(arguments: [
        "", "[]", "1", "{", #"{"x":1}"#, #"{"x":{}}"#, #"{"x":{"dtype":"F32","shape":[1]}}"#,
        tensor(type: "F31"), tensor(type: "F64"), tensor(shape: "[2]"), tensor(shape: "[-1]"), tensor(shape: "[-1,-1]"),
        tensor(shape: "[4294967296,4294967296]"), tensor(shape: "[1.5]"), tensor(shape: "1"), tensor(shape: "[\"1\"]"),
        tensor(shape: "[1,1,1,1,1,1,1,1,1]"), tensor(place: "[0]"), tensor(place: "[0,8]"), tensor(place: "[4,0]"),
        tensor(place: "[-4,0]"), tensor(place: "[4,8]"), tensor(place: "[9223372036854775803,9223372036854775807]"),
        tensor(shape: "[0]", place: "[0,0]"), #"{"__metadata__":[]}"#, #"{"__metadata__":{"a":1}}"#,
        "{\(member(name: "x")),\(member(name: "x"))}", "{\(member(name: "x")),\(member(name: "y"))}",
    ])
    func refusesWhatIsNotAFile(header: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("x.safetensors", Self.file(header, [0, 0, 0, 0]))
        #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
    }

    @Test func refusesLengthsThatLie() throws {
        let folder = try TemporaryFolder()
        let whole = Self.file("{\(Self.member(name: "x"))}", [0, 0, 0, 0])
        _ = try SafetensorsFile(path: folder.file("whole", whole))
        for count in 0..<whole.count {
            let path = try folder.file("part", Array(whole[..<count]))
            #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
        }
        for byte in 0..<8 {
            var changed = whole
            changed[byte] ^= 0xFF
            let path = try folder.file("changed", changed)
            #expect(throws: FileError.self) { try SafetensorsFile(path: path) }
        }
        #expect(throws: FileError.self) { try SafetensorsFile(path: folder.path("absent")) }
        #expect(throws: FileError.self) { try SafetensorsFile(path: folder.path("")) }
    }

    /// Whichever bytes are flipped, a file is refused or every tensor in it can be read.
    @Test(arguments: 0..<20)
    func readsNothingOutsideOfTheFile(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: seed)
        let path = folder.path("x.safetensors")
        try Safetensors.write(["a": .init(generator.matrix(2, 3)), "b": .init([1, 2])], to: path)
        let whole = try #require(try FileBytes.read(path))
        for _ in 0..<50 {
            var changed = whole
            for _ in 0...Int.random(in: 0..<3, using: &generator) {
                let index = Int.random(in: 0..<min(changed.count, 160), using: &generator)
                changed[index] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let file = try? SafetensorsFile(path: folder.file("changed", changed)) else { continue }
            for (name, tensor) in file.tensors {
                #expect(try file.floats(name).count == tensor.shape.reduce(1, *))
            }
        }
    }

    private static func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
    }

    private static func member(
        name: String,
        type: String = "F32",
        shape: String = "[1]",
        place: String = "[0,4]"
    ) -> String {
        #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(place)}"#
    }

    private static func tensor(type: String = "F32", shape: String = "[1]", place: String = "[0,4]") -> String {
        "{\(member(name: "x", type: type, shape: shape, place: place))}"
    }
}
