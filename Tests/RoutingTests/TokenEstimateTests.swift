import Routing
import Testing

@Suite struct TokenEstimateTests {
    @Test(arguments: [
        ("", 0), ("a", 1), ("abcd", 1), ("abcde", 2), ("привет", 3), ("日本語", 3), ("\u{1F600}", 2), ("日本 abcd", 4),
    ])
    func countsByScript(text: String, tokens: Int) {
        #expect(TokenEstimate.tokens(in: text) == tokens)
    }
}
