import Domain
import Learning
import Testing

@Suite struct SyntheticPromptsTests {
    private static func made(_ change: (inout SyntheticPrompts.Settings) -> Void = { _ in }) throws -> SyntheticPrompts
    {
        var settings = SyntheticPrompts.Settings()
        settings.sampleCount = 2_000
        change(&settings)
        return try SyntheticPrompts(settings)
    }

    @Test func splitsAsAskedWithTheCategoriesInBalance() throws {
        let set = try SyntheticPrompts(SyntheticPrompts.Settings())
        #expect([set.train.count, set.validation.count, set.test.count] == [7_000, 1_500, 1_500])
        #expect(set.heldOut.count == 2_500)
        for split in [set.train, set.validation, set.test, set.heldOut] {
            let counts = Dictionary(grouping: split, by: \.label).mapValues(\.count)
            #expect(counts.count == 4)
            #expect(Set(counts.values) == [split.count / 4])
        }
    }

    @Test func asksForACapabilityTierRatherThanForAModel() throws {
        let tiers = Set(try Self.made().train.map { "\($0.label) \($0.tier?.rawValue ?? "")" })
        #expect(tiers == ["code heavy", "text medium", "general medium", "light light"])
    }

    /// Neither a prompt nor what is left of it without its modifiers stands in two splits, nor twice in one.
    @Test(arguments: 0..<5 as Range<UInt64>)
    func leaksNothingBetweenSplits(seed: UInt64) throws {
        let set = try Self.made { $0.seed = seed }
        let all = (set.train + set.validation + set.test + set.heldOut).map { $0.prompt.lowercased() }
        #expect(Set(all).count == all.count)
        // The longest modifier has 33 characters; a prompt that is inside of another one differs by modifiers alone.
        let sorted = all.sorted()
        for (left, right) in zip(sorted, sorted.dropFirst()) { #expect(!right.hasPrefix(left), "\(left) | \(right)") }
    }

    @Test func holdsWholeTemplatesBack() throws {
        let set = try Self.made()
        let seen = Set((set.train + set.validation + set.test).compactMap(\.origin))
        let unseen = Set(set.heldOut.compactMap(\.origin))
        #expect(seen.isDisjoint(with: unseen))
        #expect(seen.count == 72)
        #expect(unseen.count == 24)
    }

    @Test func leavesNoGapUnfilled() throws {
        let set = try Self.made()
        for example in set.train + set.heldOut { #expect(!example.prompt.contains { $0 == "{" || $0 == "}" }) }
    }

    @Test func isTheSameForTheSameSeedAlone() throws {
        let (first, again, other) = (try Self.made(), try Self.made(), try Self.made { $0.seed = 2 })
        #expect(first == again)
        #expect(first != other)
    }

    @Test func refusesWhatCannotBeMade() {
        #expect(throws: SyntheticPromptsError.tooFewSamples) { try Self.made { $0.sampleCount = 3 } }
        #expect(throws: SyntheticPromptsError.invalidShares) { try Self.made { $0.trainShare = 1.1 } }
        #expect(throws: SyntheticPromptsError.invalidShares) { try Self.made { $0.heldOutShare = .nan } }
        #expect(throws: SyntheticPromptsError.self) { try Self.made { $0.sampleCount = 100_000_000 } }
    }
}

@Suite struct PromptTemplateTests {
    @Test(arguments: ["Write {", "Write {topic", "Write {nonsense}.", "Write }", "Write {topic}}", "Write {}"])
    func refusesGapsThatNothingFills(pattern: String) {
        #expect(PromptTemplate(pattern) == nil)
    }

    @Test func everyTemplateCanBeReadAndIsUsedOnce() {
        let patterns = PromptCategory.allCases.flatMap { $0.templates.map(\.pattern) }
        #expect(patterns.count == 96)
        #expect(Set(patterns).count == 96)
    }

    @Test(arguments: PromptVariable.allCases)
    func noValueOccursTwice(variable: PromptVariable) {
        #expect(variable.values.count >= 10)
        #expect(Set(variable.values.map { $0.lowercased() }).count == variable.values.count)
    }

    @Test(arguments: 0..<50 as Range<UInt64>)
    func equalGapsGetDifferentValues(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let template = try #require(PromptTemplate("{country}|{country}"))
        let values = template.filled(using: &generator).split(separator: "|")
        #expect(values.count == 2)
        #expect(values.first != values.last)
        #expect(template.capacity == 30 * 29)
    }
}
