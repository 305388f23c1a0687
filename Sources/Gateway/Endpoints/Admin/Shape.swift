/// What a JSON value must look like: what comes in is read by it, and the OpenAPI document is written from it.
indirect enum Shape: Sendable {
    /// Any text of at most so many Unicode scalars.
    case text(scalarsMax: Int)
    /// The name of a thing: it stands in URLs, headers and metrics as it is.
    case name
    /// A tag, `name=value`.
    case tag
    /// A request's id.
    case requestID
    /// One of these words.
    case choice([String])
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case flag
    case list(Shape, countMax: Int)
    /// An object whose keys are names.
    case map(Shape, countMax: Int)
    /// An object whose keys are known.
    case record(Record)
    /// `null`, or what is within.
    case nullable(Shape)
    /// Whatever a reader that knows more makes of it.
    case anything

    /// Unix milliseconds up to the year 2286, where they have 13 digits.
    static let unixMilliseconds = Shape.integer(0...9_999_999_999_999)

    /// An object with these members.
    static func record(_ name: String, _ members: [Member]) -> Shape { .record(Record(name: name, members: members)) }

    /// A page of a list, latest first or by id.
    static func page(_ name: String, of element: Shape) -> Shape {
        .record(
            "\(name)Page",
            [
                Member("data", .list(element, countMax: .max), "What there is.", isRequired: true),
                Member("next_cursor", .nullable(.text(scalarsMax: 64)), "What the next page is asked for with."),
            ]
        )
    }

    /// An object of a kind that has a name of its own in the OpenAPI document.
    struct Record: Sendable {
        let name: String
        let members: [Member]
    }

    /// A member of an object, or a parameter of a request.
    struct Member: Sendable {
        let name: String
        let shape: Shape
        let summary: String
        let isRequired: Bool

        init(_ name: String, _ shape: Shape, _ summary: String, isRequired: Bool = false) {
            (self.name, self.shape, self.summary, self.isRequired) = (name, shape, summary, isRequired)
        }
    }
}

/// A value that has the shape that was asked for.
indirect enum Datum: Sendable {
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([Datum])
    case record([String: Datum])
    /// JSON that nobody has looked into yet.
    case json([UInt8])

    /// The member called `name`, if this is an object that has it.
    subscript(name: String) -> Datum? {
        guard case .record(let members) = self else { return nil }
        return members[name]
    }

    var flag: Bool? { if case .flag(let value) = self { value } else { nil } }
    var integer: Int? { if case .integer(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var elements: [Datum]? { if case .list(let value) = self { value } else { nil } }
    var members: [String: Datum]? { if case .record(let value) = self { value } else { nil } }

    /// A number, whole or not.
    var number: Double? {
        switch self {
        case .number(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }

    /// Puts the member called `name` into `value` as `read` sees it, `nil` for `null`; leaves it where there is none.
    func update<Value>(_ value: inout Value?, _ name: String, _ read: (Datum) -> Value?) {
        if let datum = self[name] { value = read(datum) }
    }

    /// As above, for what cannot be `null`.
    func update<Value>(_ value: inout Value, _ name: String, _ read: (Datum) -> Value?) {
        if let new = self[name].flatMap(read) { value = new }
    }
}
