public import Domain
public import Neural
public import Routing

/// Prompts to train on and what is known of them, before an encoder has read them.
public struct TrainingPrompts: Sendable {
    /// The prompts.
    public let prompts: [String]
    /// What was seen of each when it was answered; `nil` where the text has to tell.
    public let evidence: [PromptEvidence?]
    /// What to say of each.
    public let targets: TrainingTargets
    /// The classes, or the models.
    public let names: [String]
    /// The tier of each class; empty for models.
    public let tiers: [Tier]
    /// The rows to learn from.
    public let examples: [Int]
    /// The rows that decide when to stop.
    public let validation: [Int]

    /// Class data to learn from, and more to validate by; a tenth of the former by chance if there is none.
    ///
    /// - Throws: ``TrainingError/unusable(_:)`` if there are fewer than two classes, or one lacks a tier.
    public init(
        _ examples: [LabelledPrompt],
        validation: [LabelledPrompt]?,
        seed: UInt64
    ) throws(TrainingError) {
        let all = examples + (validation ?? [])
        let names = Set(all.map(\.label)).sorted()
        guard names.count > 1 else { throw .unusable("there is only one class: \(names.joined())") }
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var tiers = [Tier?](repeating: nil, count: names.count)
        for prompt in all {
            guard let number = numbers[prompt.label], let tier = prompt.tier ?? Self.tier(of: prompt.label) else {
                continue
            }
            guard tiers[number] ?? tier == tier else {
                throw .unusable("the class \(prompt.label) has two tiers, \(tier) and another")
            }
            tiers[number] = tier
        }
        // A class of no known tier is one of the middle.
        self.tiers = tiers.map { $0 ?? .medium }
        self.names = names
        prompts = all.map(\.prompt)
        evidence = all.map { _ in nil }
        targets = .classes(all.map { numbers[$0.label] ?? 0 }, count: names.count)
        (self.examples, self.validation) = Self.split(examples.count, of: all.count, seed: seed)
    }

    /// Outcomes to learn from, and more to validate by; a tenth of the former by chance if there are none.
    ///
    /// - Throws: ``TrainingError/unusable(_:)`` if no model was asked.
    public init(_ examples: [Outcome], validation: [Outcome]?, seed: UInt64) throws(TrainingError) {
        let set = OutcomeSet(examples + (validation ?? []))
        guard !set.models.isEmpty else { throw .unusable("there is no row with scores to learn from") }
        names = set.models
        tiers = []
        prompts = set.outcomes.map(\.prompt)
        evidence = set.outcomes.map(\.evidence)
        targets = .scores(set.scores)
        (self.examples, self.validation) = Self.split(examples.count, of: set.outcomes.count, seed: seed)
    }

    /// The labels of the three tiers, and the categories of the synthetic set, say what tier they are of.
    private static func tier(of label: String) -> Tier? {
        if let category = PromptCategory(rawValue: label) { return category.tier }
        return [Tier.light, .medium, .heavy].first { $0.rawValue == label }
    }

    private static func split(_ examples: Int, of count: Int, seed: UInt64) -> (examples: [Int], validation: [Int]) {
        guard examples == count else { return (Array(0..<examples), Array(examples..<count)) }
        var generator = SeededGenerator(seed: seed)
        let shuffled = (0..<count).shuffled(using: &generator)
        let held = count / 10
        return (shuffled.dropFirst(held).sorted(), shuffled.prefix(held).sorted())
    }

    /// The data with an encoder's vectors: a row of `layers` one behind the other for each prompt.
    public func data(features: Matrix, layers: [Int]) -> HeadData {
        HeadData(features: features, layers: layers, targets: targets, names: names, tiers: tiers)
    }
}

extension TrainingPrompts {
    /// The prompts of another file, with the classes or models of this one, to be measured on.
    ///
    /// - Throws: ``DataError``, and ``TrainingError/unusable(_:)`` for a class that isn't known here.
    public func like(_ path: String) throws -> TrainingPrompts {
        switch targets {
        case .classes:
            let prompts = try LabelledPrompt.read(path: path)
            let labels = try prompts.map { prompt in
                guard let number = names.firstIndex(of: prompt.label) else {
                    throw TrainingError.unusable("\(path): the class \(prompt.label) wasn't learned")
                }
                return number
            }
            return TrainingPrompts(prompts.map(\.prompt), .classes(labels, count: names.count), like: self)
        case .scores:
            let set = OutcomeSet(try OutcomeFile().outcomes(at: path))
            let columns = names.map { set.models.firstIndex(of: $0) }
            let values = set.outcomes.indices.flatMap { row in columns.map { $0.map { set.scores[row, $0] } ?? .nan } }
            let scores = Matrix(rows: set.outcomes.count, columns: names.count, values: values)
            return TrainingPrompts(set.outcomes.map(\.prompt), .scores(scores), like: self)
        }
    }

    private init(_ prompts: [String], _ targets: TrainingTargets, like other: TrainingPrompts) {
        (self.prompts, self.targets, names, tiers) = (prompts, targets, other.names, other.tiers)
        evidence = prompts.map { _ in nil }
        (examples, validation) = ([], Array(prompts.indices))
    }
}
