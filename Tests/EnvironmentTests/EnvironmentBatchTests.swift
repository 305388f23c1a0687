import Environment
import Testing

@Suite struct EnvironmentBatchTests {
    /// A batch is nothing but environments beside each other.
    @Test func eachIsAnEnvironmentOfItsOwn() throws {
        var batch = try EnvironmentBatch(.v1, count: 3, autoreset: .disabled)
        batch.reset(seed: 20)
        var alone = try (0..<3).map { _ in try RouterEnvironment(.v1) }
        for index in alone.indices { alone[index].reset(seed: 20 + UInt64(index)) }
        for number in 0..<200 {
            let actions = (0..<3).map { (number + 2 * $0) % 5 }
            try batch.step(actions)
            for index in alone.indices {
                #expect(batch.steps[index] == (try alone[index].step(actions[index])))
                #expect(Array(batch.observations[index * 9..<(index + 1) * 9]) == alone[index].observation)
            }
        }
    }

    @Test func theNextStepBeginsAnEpisode() throws {
        var batch = try EnvironmentBatch(Self.short, count: 2, autoreset: .nextStep)
        batch.reset(seed: 1)
        for _ in 0..<3 { try batch.step([3, 0]) }
        // The second has spent its budget with its second step, and has begun anew with the third.
        #expect(batch.steps.map(\.isTruncated) == [true, false])
        #expect(batch.hasReset == [false, true])
        #expect(batch.steps[1] == Step())
        #expect(batch[1].stepCount == 0)
        try batch.step([0, 0])
        #expect(batch.hasReset == [true, false])
        #expect(batch[0].stepCount == 0 && batch[1].stepCount == 1)
    }

    @Test func theSameStepBeginsAnEpisode() throws {
        var batch = try EnvironmentBatch(Self.short, count: 1, autoreset: .sameStep)
        var alone = try RouterEnvironment(Self.short)
        batch.reset(seed: 1)
        alone.reset(seed: 1)
        for _ in 0..<3 {
            try batch.step([3])
            #expect(batch.steps[0] == (try alone.step(3)))
        }
        #expect(batch.hasReset == [true])
        #expect(batch.steps[0].isTruncated)
        #expect(batch.finalObservations == alone.observation)
        alone.reset()
        #expect(batch.observations == alone.observation)
    }

    @Test func aSeedIsForOneEpisode() throws {
        var batch = try EnvironmentBatch(Self.short, count: 1, autoreset: .sameStep)
        batch.reset(seed: 1)
        batch.setNextSeed(0, 77)
        var alone = try RouterEnvironment(Self.short)
        alone.reset(seed: 77)
        for _ in 0..<3 { try batch.step([3]) }
        #expect(batch.observations == alone.observation)
        for _ in 0..<3 { _ = try alone.step(3) }
        alone.reset()
        for _ in 0..<3 { try batch.step([3]) }
        #expect(batch.observations == alone.observation)
    }

    @Test func wrongActionsMoveNothing() throws {
        var batch = try EnvironmentBatch(.v0, count: 2, autoreset: .disabled)
        batch.reset(seed: 1)
        #expect(throws: EnvironmentError.wrongCount(actions: 1, environments: 2)) { try batch.step([0]) }
        #expect(throws: EnvironmentError.noSuchAction(9, models: 5)) { try batch.step([0, 9]) }
        #expect(batch[0].stepCount == 0)
        #expect(throws: EnvironmentError.self) { try EnvironmentBatch(.v0, count: 0, autoreset: .disabled) }
    }

    private static var short: EnvironmentSettings {
        var settings = EnvironmentSettings.v0
        (settings.episodeLength, settings.budget) = (3, 0.06)
        return settings
    }
}
