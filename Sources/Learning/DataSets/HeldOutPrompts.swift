/// Prompts that are kept for measuring: nothing that asks the same may be learned from.
///
/// Two prompts ask the same where they are alike in letters and digits, or share a line of 30 of them or more that stands in
/// at most ``lineUsesMax`` prompts: data sets put the same question into frames of their own, and the same frame around many
/// questions.
public struct HeldOutPrompts: Sendable {
    /// Lines in more prompts are a data set's frame.
    public static let lineUsesMax = 6
    private static let lineLettersMin = 30

    private let texts: Set<String>
    private let lines: Set<String>

    /// `prompts` are kept apart from `data`, which tells the frames.
    public init(_ prompts: [String], from data: [String]) {
        texts = Set(prompts.map(Self.letters))
        var uses: [String: Int] = [:]
        for prompt in prompts {
            for line in Self.lines(of: prompt) { uses[line] = 0 }
        }
        for prompt in data {
            for line in Self.lines(of: prompt) where uses[line] != nil { uses[line, default: 0] += 1 }
        }
        lines = Set(uses.filter { $0.value <= Self.lineUsesMax }.keys)
    }

    /// Whether `prompt` asks what one of them does.
    public func ask(_ prompt: String) -> Bool {
        texts.contains(Self.letters(prompt)) || !lines.isDisjoint(with: Self.lines(of: prompt))
    }

    private static func letters(_ text: some StringProtocol) -> String {
        String(text.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || ("0"..."9").contains($0) })
    }

    private static func lines(of prompt: String) -> Set<String> {
        Set(prompt.split(whereSeparator: \.isNewline).lazy.map(letters).filter { $0.count >= lineLettersMin })
    }
}
