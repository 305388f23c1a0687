import Configuration
import Testing

@Suite struct SimulatedFaultTests {
    @Test(arguments: SimulatedFault.words)
    func readsBackWhatItWrites(word: String) throws {
        let fault = try #require(SimulatedFault(word))
        #expect(fault.text == word)
    }

    @Test(arguments: [
        "", "no", "200", "399", "600", "503:", "503:2", "429:seconds", "429:seconds=", "429:seconds=-1",
        "429:minutes=1", "ok:1", "silence:1", "cut:", "cut:-1", "cut:x", "cut:600001", " ok",
    ])
    func refusesWhatIsNoFault(text: String) { #expect(SimulatedFault(text) == nil) }

    @Test func aNumberThatIsLeftOutIsNought() { #expect(SimulatedFault("cut") == .cut(afterTokens: 0)) }

    @Test func aSequenceIsPlayedOnceAndThenEnds() throws {
        let sequence = try #require(SimulatedFaultSequence(" 503*2 ,ok, cut:3 "))
        #expect(sequence.text == "503*2, ok, cut:3")
        let played = (0..<6 as Range<UInt64>).map { sequence[$0] }
        #expect(played == [.status(503, nil), .status(503, nil), SimulatedFault.none, .cut(afterTokens: 3), nil, nil])
    }

    @Test func aBareStarIsForEver() throws {
        let sequence = try #require(SimulatedFaultSequence("ok, silence*"))
        #expect(sequence[0] == SimulatedFault.none)
        #expect(sequence[1] == .silence)
        #expect(sequence[.max] == .silence)
    }

    @Test(arguments: ["", ",", "ok,", "ok*0", "ok*-1", "ok*x", "ok*1000001", "ok*,ok", "what"])
    func refusesWhatIsNoSequence(text: String) { #expect(SimulatedFaultSequence(text) == nil) }

    private func problems(_ model: String) -> [String] {
        do throws(ConfigurationErrors) {
            _ = try SimulationSettings(yaml: "models: [{ id: m, \(model) }]", file: "")
            return []
        } catch {
            return error.problems.map(\.keyPath)
        }
    }

    @Test func filesNameFaultsAndTheirShares() throws {
        #expect(problems("faults: [{ fault: 503, rate: 0.5 }, { fault: '429:ms=5', rate: 0.5 }]") == [])
        #expect(problems("script: '503*2, cut:3'") == [])
        #expect(problems("script: 503") == [])
        #expect(problems("script: null") == [])
        #expect(problems("faults: [{ fault: odd, rate: 0.5 }]") == ["models[0].faults[0].fault"])
        #expect(problems("faults: [{ fault: ok, rate: 1.5 }]") == ["models[0].faults[0].rate"])
        #expect(problems("faults: [{ fault: ok, rate: 0.6 }], cut_rate: 0.5") == ["models[0]"])
        #expect(problems("script: 'ok*,ok'") == ["models[0].script"])
    }
}
