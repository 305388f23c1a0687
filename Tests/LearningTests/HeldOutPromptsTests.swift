import Learning
import Testing

@Suite struct HeldOutPromptsTests {
    private let frame = "Answer the following question by naming the right letter."
    private let question = "Which of these planets has the most moons in our solar system?"

    @Test func theSameQuestionInAnotherFrameIsHeldOut() {
        let others = (0..<10).map { "\(frame)\nWhat is \($0) and \($0) when both are added together?" }
        let held = HeldOutPrompts(["\(frame)\n\(question)\nA. Mars"], from: others + ["Q: x\n\(question)"])
        #expect(held.ask("\(question.uppercased())\nB. Saturn"))
        #expect(held.ask("\(frame)\n\(question)\nA. Mars"))
        #expect(!others.contains(where: held.ask), "the frame is no question")
        #expect(!held.ask("Which planet has most moons?"))
    }

    @Test func shortPromptsAreComparedWhole() {
        let held = HeldOutPrompts(["2 + 2 = ?"], from: [])
        #expect(held.ask("2+2=") && !held.ask("2+3="))
        #expect(!HeldOutPrompts([], from: ["a"]).ask(""))
    }
}
