import Accounting
import Domain

/// The tiny-codes data set: prompts for programs, each with the audience that it was written for.
///
/// The audience tells the class: beginners ask for a light answer, experts for a general one, professionals for code.
/// Nothing maps to prompts for text. <https://huggingface.co/datasets/nampdn-ai/tiny-codes>
public struct TinyCodes: Hashable, Sendable {
    /// To learn from: eight tenths.
    public let train: [LabelledPrompt]
    /// Decides when to stop: a tenth.
    public let validation: [LabelledPrompt]
    /// Measures what was learned: a tenth.
    public let test: [LabelledPrompt]

    /// Reads a local copy, JSON lines or CSV by the file's name, packed by gzip or not.
    ///
    /// A prompt that stands there twice counts once, so that none is in two splits. Each class is cut down to the size
    /// of the smallest by chance; 149,770 samples become 49,899, of which 39,919 are to learn from.
    ///
    /// - Parameters:
    ///   - path: The file, with the columns or members `prompt` and `target_audience`.
    ///   - seed: What decides all chance.
    /// - Throws: ``DataError``; a line that can't be read is named, none is passed over.
    public init(path: String, seed: UInt64) throws(DataError) {
        let bytes = try DataSetFile.bytes(at: path)
        let name = path.hasSuffix(".gz") ? path.dropLast(3) : path[...]
        let rows = try name.hasSuffix(".csv") ? Self.csvRows(bytes, file: path) : Self.jsonRows(bytes, file: path)
        try self.init(rows, file: path, seed: seed)
    }

    private typealias Row = (line: Int, prompt: String, audience: String)

    private init(_ rows: [Row], file: String, seed: UInt64) throws(DataError) {
        var prompts: [PromptCategory: [LabelledPrompt]] = [:]
        var seen: Set<String> = []
        for (line, prompt, audience) in rows {
            guard let category = Self.category(of: audience) else {
                throw .malformed(path: file, line: line, reason: "target_audience “\(audience)” is unknown")
            }
            guard seen.insert(prompt).inserted else { continue }
            prompts[category, default: []].append(
                LabelledPrompt(
                    id: "tiny-codes-\(line)",
                    prompt: prompt,
                    label: category.rawValue,
                    tier: category == .general ? .medium : category.tier,
                    origin: audience
                )
            )
        }
        guard let smallest = prompts.values.map(\.count).min() else { throw .empty(path: file) }
        var generator = SeededGenerator(seed: seed)
        var kept: [LabelledPrompt] = []
        for category in PromptCategory.allCases {
            kept += (prompts[category] ?? []).shuffled(using: &generator).prefix(smallest)
        }
        kept.shuffle(using: &generator)
        let trainEnd = kept.count * 8 / 10
        let validationEnd = trainEnd + (kept.count - trainEnd) / 2
        train = Array(kept[..<trainEnd])
        validation = Array(kept[trainEnd..<validationEnd])
        test = Array(kept[validationEnd...])
    }

    private static func category(of audience: String) -> PromptCategory? {
        switch audience.lowercased() {
        case "beginners": .light
        case "experts": .general
        case "professionals": .code
        default: nil
        }
    }

    private static func jsonRows(_ bytes: [UInt8], file: String) throws(DataError) -> [Row] {
        var rows: [Row] = []
        for line in JSONLines(bytes, file: file) {
            let line = try line.get()
            rows.append((line.number, try line.text("prompt"), try line.text("target_audience")))
        }
        return rows
    }

    private static func csvRows(_ bytes: [UInt8], file: String) throws(DataError) -> [Row] {
        var columns: (prompt: Int, audience: Int)?
        var rows: [Row] = []
        for record in CSVReader(bytes) {
            let fields: [String]
            do throws(CSVRecord.Fault) { fields = try record.fields.get() } catch {
                throw .malformed(path: file, line: record.line, reason: error.rawValue)
            }
            guard let found = columns else {
                guard let prompt = fields.firstIndex(of: "prompt"),
                    let audience = fields.firstIndex(of: "target_audience")
                else {
                    let reason = "the columns prompt and target_audience are needed"
                    throw .malformed(path: file, line: record.line, reason: reason)
                }
                columns = (prompt, audience)
                continue
            }
            guard fields.indices.contains(found.prompt), fields.indices.contains(found.audience) else {
                throw .malformed(path: file, line: record.line, reason: "a column is missing")
            }
            rows.append((record.line, fields[found.prompt], fields[found.audience]))
        }
        return rows
    }
}
