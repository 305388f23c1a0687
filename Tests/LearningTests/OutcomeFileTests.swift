import Domain
import Foundation
import Neural
import Testing

@testable import Learning

@Suite struct OutcomeFileTests {
    private static let line = #"{"id":"a","prompt":"Why?","scores":{"small":0,"large":1.0},"task":"qa","fold":3}"#

    @Test func readsAnOutcome() throws {
        let outcome = try #require(try read(Self.line).first)
        #expect(outcome.prompt == "Why?")
        #expect(outcome.scores == ["small": 0, "large": 1])
        #expect(outcome.task == "qa" && outcome.fold == 3 && !outcome.isContaminated)
    }

    /// A list of scores is told apart by the manifest beside the file, and characters count as a quarter of a token.
    @Test func readsListsByTheManifest() throws {
        let line = #"{"id":"a","prompt":"p","y":[1,0.5],"out":[8,400],"fold":0,"contam":1}"#
        let manifest = #"{"set":{"models":["m","n"]},"other":{"models":["x"]}}"#
        let outcome = try #require(try read(line, manifest: manifest).first)
        #expect(outcome.scores == ["m": 1, "n": 0.5])
        #expect(outcome.outputTokens == ["m": 2, "n": 100])
        #expect(outcome.isContaminated)
    }

    @Test func unpacksGzip() throws {
        try withFolder { folder in
            let path = folder.appending(path: "set.jsonl").path
            try (Self.line + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            let gzip = try Process.run(URL(filePath: "/bin/gzip"), arguments: [path])
            gzip.waitUntilExit()
            #expect(try OutcomeFile().outcomes(at: path + ".gz").count == 1)
            #expect(throws: DataError.self) { try OutcomeFile().outcomes(at: path + ".none.gz") }
        }
    }

    /// The same question stands in the same fold, however it is spaced and capitalised.
    @Test func findsTheFoldByTheText() {
        let fold = Outcome(id: "", prompt: "What is 2 + 2?", scores: [:]).fold
        #expect(Outcome(id: "other", prompt: " what IS 2+2", scores: [:]).fold == fold)
        let folds = Set((0..<200).map { Outcome(id: "", prompt: "question \($0)", scores: [:]).fold })
        #expect(folds == Set(0..<Outcome.foldCount))
    }

    @Test(arguments: [
        (#"{"id":"a","prompt":"p","scores":{"m":1.5}}"#, "scores lie between 0 and 1"),
        (#"{"id":"a","prompt":"p","scores":{"m":"1"}}"#, "scores of m is not a number"),
        (#"{"id":"a","prompt":"p","scores":[1]}"#, "scores is not an object"),
        (#"{"id":"a","prompt":"p"}"#, "there is no scores"),
        (#"{"id":"a","scores":{"m":1}}"#, "there is no prompt"),
        (#"{"id":"a","prompt":7.5,"scores":{"m":1},"fold":-1}"#, "fold is not a whole number from 0 on"),
        (#"{"id":"a","prompt":"p","scores":{"m":1},"fold":1.5}"#, "fold is not a whole number from 0 on"),
        (#"{"id":"a","prompt":"p","scores":{"m":1},"fold":"1"}"#, "fold is not a whole number from 0 on"),
        (#"{"id":"a","prompt":"p","y":[1]}"#, "no manifest.json"),
        (#"{"id":"a","prompt":"p","scores":{"m":1},"output_tokens":-1}"#, "output_tokens is below 0"),
        (#"{"id":"a","prompt":"\ud800","scores":{"m":1}}"#, "lone surrogate"),
        (#"{"id":"a""#, "the JSON text ends early"),
        ("[1]", "expected a JSON object"),
    ])
    func saysWhichLineIsWrong(line: String, reason: String) throws {
        let error = #expect(throws: DataError.self) { try read(Self.line + "\n\n" + line) }
        let message = try #require(error?.message)
        #expect(message.contains(":3: ") && message.contains(reason), "\(message)")
    }

    /// Tables of other people's: gaps as null, truth for scores, folds of longer cross-validations, a byte order mark.
    @Test func readsWhatOthersWrite() throws {
        let gaps = #"{"id":null,"prompt":"p","scores":{"m":true,"n":false,"o":null,"p":1},"task":null,"more":[{}],"#
        let line = "\u{FEFF}" + gaps + #""fold":null,"contam":null,"output_tokens":null}"#
        let outcome = try #require(try read(line + "\r\n").first)
        #expect(outcome.scores == ["m": 1, "n": 0, "p": 1] && outcome.outputTokens.isEmpty)
        #expect(outcome.task == nil && !outcome.isContaminated)
        #expect(outcome.fold == Outcome(id: "", prompt: "p", scores: [:]).fold)
        let folds = try [("10", 0), ("27", 7), ("3.0", 3), ("0", 0)].map { text, fold in
            try read(#"{"prompt":"p","scores":{"m":1},"fold":\#(text)}"#).first?.fold == fold
        }
        #expect(folds == [true, true, true, true])
        for (text, isContaminated) in [("0", false), ("0.0", false), ("false", false), ("1", true), ("true", true)] {
            let outcome = try read(#"{"prompt":"p","scores":{"m":1},"contam":\#(text)}"#).first
            #expect(outcome?.isContaminated == isContaminated, "\(text)")
        }
    }

    /// Parts are the folds that are named, put together; texts decide where these would leave nothing beside a part.
    @Test func partsAreFoldsUnlessOneHoldsNearlyAll() {
        func outcomes(_ folds: [Int]) -> [Outcome] {
            folds.enumerated().map { Outcome(id: "", prompt: "question \($0)", scores: [:], fold: $1) }
        }
        let spread = (0..<100).map { $0 % 10 }
        #expect(outcomes(spread).parts(5, shareMax: 0.6) == spread.map { $0 % 5 })
        let halves = (0..<100).map { $0 % 5 < 3 ? 1 : 2 }
        #expect(outcomes(halves).parts(5, shareMax: 0.6) == halves)
        let texts = outcomes(halves).map { $0.foldOfText % 5 }
        #expect(Set(texts).count == 5)
        // One fold; two that are the same part; one more outcome in the larger part than it may have.
        for folds in [halves.map { _ in 3 }, halves.map { $0 == 1 ? 0 : 5 }, halves.dropLast() + [1]] {
            #expect(outcomes(folds).parts(5, shareMax: 0.6) == texts, "\(folds.prefix(5))")
        }
    }

    /// Whatever bytes change, a file is read or refused; nothing traps, and what is read keeps its promises.
    @Test(arguments: 0..<300)
    func surviveChangedBytes(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var bytes = Array(Self.line.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let place = Int.random(in: bytes.indices, using: &generator)
            bytes[place] = Array(#"{}[]":,0123456789eE.-\nul "#.utf8).randomElement(using: &generator) ?? 0
        }
        let outcomes = try? read(String(decoding: bytes, as: UTF8.self))
        for outcome in outcomes ?? [] {
            #expect(outcome.scores.values.allSatisfy { (0...1).contains($0) })
            #expect((0..<Outcome.foldCount).contains(outcome.fold))
        }
    }

    @Test func marksMissingScores() {
        let set = OutcomeSet([
            Outcome(id: "1", prompt: "p", scores: ["b": 1]), Outcome(id: "2", prompt: "q", scores: ["a": 0.5, "b": 0]),
        ])
        #expect(set.models == ["a", "b"])
        #expect(set.scores[0, 0].isNaN)
        #expect(set.scores[0, 1] == 1 && set.scores[1, 0] == 0.5 && set.scores[1, 1] == 0)
    }

    private func read(_ text: String, manifest: String? = nil) throws -> [Outcome] {
        try withFolder { folder in
            try manifest?.write(to: folder.appending(path: "manifest.json"), atomically: true, encoding: .utf8)
            let url = folder.appending(path: "set.jsonl")
            try text.write(to: url, atomically: true, encoding: .utf8)
            return try OutcomeFile().outcomes(at: url.path)
        }
    }

    private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}
