import Domain

/// A synthetic set of labelled prompts, made of templates, and how it is split.
///
/// No prompt occurs twice, not even with other modifiers around it, so none leaks from one split into another. Some
/// templates are used for ``heldOut`` alone: what a router gets right there, it hasn't learned by heart.
public struct SyntheticPrompts: Hashable, Sendable {
    /// How large a set is, and how it is split.
    public struct Settings: Hashable, Sendable {
        /// Prompts in the three splits together, the same number of each category give or take one.
        public var sampleCount = 10_000
        /// The share of prompts to learn from.
        public var trainShare = 0.70
        /// The share of prompts that decide when to stop; what is left is for the test.
        public var validationShare = 0.15
        /// The share of each category's templates that are held out, and of prompts made of them beside the others.
        public var heldOutShare = 0.25
        /// What decides all chance.
        public var seed: UInt64 = 1

        /// 10,000 prompts, 70 % to learn from, 15 % to validate, 15 % to test; a quarter of the templates held out.
        public init() {}
    }

    /// To learn from.
    public private(set) var train: [LabelledPrompt] = []
    /// Of the same templates: decides when to stop.
    public private(set) var validation: [LabelledPrompt] = []
    /// Of the same templates: measures what was learned.
    public private(set) var test: [LabelledPrompt] = []
    /// Of templates that occur in no other split: measures what carries over.
    public private(set) var heldOut: [LabelledPrompt] = []

    /// Makes a set; the same one for the same settings.
    ///
    /// - Throws: ``SyntheticPromptsError`` if the settings make no sense or ask for more prompts than there are.
    public init(_ settings: Settings) throws(SyntheticPromptsError) {
        try settings.check()
        var generator = SeededGenerator(seed: settings.seed)
        for (index, category) in PromptCategory.allCases.enumerated() {
            let categories = PromptCategory.allCases.count
            let count = settings.sampleCount / categories + (index < settings.sampleCount % categories ? 1 : 0)
            try add(count, of: category, settings, using: &generator)
        }
        train.shuffle(using: &generator)
        validation.shuffle(using: &generator)
        test.shuffle(using: &generator)
        heldOut.shuffle(using: &generator)
    }

    private mutating func add(
        _ count: Int,
        of category: PromptCategory,
        _ settings: Settings,
        using generator: inout SeededGenerator
    ) throws(SyntheticPromptsError) {
        let templates = category.templates.shuffled(using: &generator)
        let heldOutTemplates = Int((Double(templates.count) * settings.heldOutShare).rounded())
        let seen = Array(templates.dropFirst(heldOutTemplates))
        let unseen = Array(templates.prefix(heldOutTemplates))
        let prompts = try Self.prompts(count, of: category, from: seen, named: "seen", using: &generator)
        let trainEnd = Int((Double(count) * settings.trainShare).rounded())
        let validationEnd = min(count, trainEnd + Int((Double(count) * settings.validationShare).rounded()))
        train += prompts[..<trainEnd]
        validation += prompts[trainEnd..<validationEnd]
        test += prompts[validationEnd...]
        let heldOutCount = Int((Double(count) * settings.heldOutShare).rounded())
        heldOut += try Self.prompts(heldOutCount, of: category, from: unseen, named: "unseen", using: &generator)
    }

    /// `count` different prompts, in an order that tells nothing.
    private static func prompts(
        _ count: Int,
        of category: PromptCategory,
        from templates: [PromptTemplate],
        named name: String,
        using generator: inout SeededGenerator
    ) throws(SyntheticPromptsError) -> [LabelledPrompt] {
        // Drawing the last few of what there is would take long, hence half.
        let capacities = templates.map { $0.capacity / 2 }
        let capacity = capacities.reduce(0, +)
        guard capacity >= count else { throw .tooManySamples(category, asked: count, possible: capacity) }
        var cores: Set<String> = []
        var drawn = [Int](repeating: 0, count: templates.count)
        var prompts: [LabelledPrompt] = []
        var turn = 0
        while prompts.count < count {
            let index = turn % templates.count
            turn += 1
            guard drawn[index] < capacities[index] else { continue }
            let core = templates[index].filled(using: &generator)
            guard cores.insert(core.lowercased()).inserted else { continue }
            drawn[index] += 1
            prompts.append(
                LabelledPrompt(
                    id: "\(category.rawValue)-\(name)-\(prompts.count)",
                    prompt: PromptModifier.apply(to: core, using: &generator),
                    label: category.rawValue,
                    tier: category.tier,
                    origin: templates[index].pattern
                )
            )
        }
        prompts.shuffle(using: &generator)
        return prompts
    }
}

/// Why a synthetic set can't be made.
public enum SyntheticPromptsError: Error, Hashable, Sendable {
    /// The templates don't make so many different prompts of this category.
    case tooManySamples(PromptCategory, asked: Int, possible: Int)
    /// A share isn't between 0 and 1, or they leave nothing to learn from.
    case invalidShares
    /// There are fewer prompts than categories.
    case tooFewSamples

    /// What is wrong, in one sentence without a full stop.
    public var message: String {
        switch self {
        case .tooManySamples(let category, let asked, let possible):
            "the templates of \(category.rawValue) make \(possible) prompts, not \(asked)"
        case .invalidShares: "shares are between 0 and 1, and some prompts must be left to learn from"
        case .tooFewSamples: "at least \(PromptCategory.allCases.count) samples are needed, one a category"
        }
    }
}

extension SyntheticPrompts.Settings {
    fileprivate func check() throws(SyntheticPromptsError) {
        let shares = [trainShare, validationShare, heldOutShare]
        guard shares.allSatisfy({ (0...1).contains($0) }), trainShare > 0, heldOutShare < 1,
            trainShare + validationShare <= 1
        else { throw .invalidShares }
        guard sampleCount >= PromptCategory.allCases.count else { throw .tooFewSamples }
    }
}
