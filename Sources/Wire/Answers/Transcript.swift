internal import HTTP

/// The text that a backend has written, choice by choice: kept where it has to be counted, or gone on from.
///
/// It is kept as it came, escapes and all: a piece may end between the halves of an escaped character, which only the
/// next one makes whole.
public struct Transcript: Hashable, Sendable {
    /// Of each choice, what belongs between the quotes of one JSON string.
    private var texts: [[UInt8]] = []
    /// The same without reasoning, refusals and tool calls; `nil` where nobody asks for that.
    private var contents: [[UInt8]]?
    private var room: Int
    /// What a request may ask for.
    private static let choicesMax = 128
    /// Whether all that came was kept.
    public private(set) var isWhole = true
    /// Whether it is nothing but what one choice says: no tool calls, reasoning or refusals.
    public private(set) var isPlain = true

    /// A transcript of at most `bytesMax` bytes, which also `keepsContents` apart from all else.
    public init(bytesMax: Int, keepsContents: Bool = false) {
        room = bytesMax
        contents = keepsContents ? [] : nil
    }

    /// Adds what stands between a string's quotes.
    mutating func append(_ piece: ArraySlice<UInt8>, at place: GeneratedText.Place) {
        guard !piece.isEmpty else { return }
        isPlain = isPlain && place.isContent && place.choice == 0
        guard piece.count <= room, (0..<Self.choicesMax).contains(place.choice) else { return isWhole = false }
        room -= piece.count
        while texts.count <= place.choice { texts.append([]) }
        texts[place.choice] += piece
        guard place.isContent, contents != nil else { return }
        while contents?.count ?? 0 <= place.choice { contents?.append([]) }
        contents?[place.choice] += piece
    }

    /// Adds what a choice at `index` wrote: its message, its delta or its text.
    mutating func append(
        _ text: inout GeneratedText,
        ofChoice index: Int,
        content: JSONValue?,
        in document: JSONDocument
    ) {
        text.place(inChoice: index, content: content) { string, place in
            append(document.bytes[string.range].dropFirst().dropLast(), at: place)
        }
    }

    /// What each choice says, in turn.
    public var strings: [String] { texts.map { Self.resolved($0) } }

    /// What each choice says and nothing else, in turn; `nil` where that was not kept apart, or is not all of it.
    public var contentStrings: [String]? { isWhole ? contents?.map { Self.resolved($0) } : nil }

    /// Adds what came after this.
    public mutating func append(_ later: Transcript) {
        isPlain = isPlain && later.isPlain
        isWhole = isWhole && later.isWhole
        for (choice, text) in later.texts.enumerated() {
            append(text[...], at: GeneratedText.Place(choice: choice, isContent: later.isPlain))
        }
    }

    /// The text of the only choice for a body of JSON, without quotes; `nil` if it is not all of it, or not plain.
    var plainText: [UInt8]? { isWhole && isPlain ? texts.first : nil }

    /// The text that `escaped` stands for; of what is none (half a character at the end) that which comes before.
    private static func resolved(_ escaped: [UInt8]) -> String {
        guard escaped.contains(UInt8(ascii: "\\")) else { return String(decoding: escaped, as: UTF8.self) }
        var body = Array(#"{"t":""#.utf8)
        body += escaped
        body += Array(#""}"#.utf8)
        guard let document = try? JSONDocument(parsing: body[...], depthMax: 1), let value = document["t"],
            let text = try? document.stringBytes(of: value)
        else { return String(decoding: escaped, as: UTF8.self) }
        return String(decoding: text, as: UTF8.self)
    }
}
