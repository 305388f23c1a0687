import Domain
import Routing
import Testing

@Suite struct CapabilityInferenceTests {
    @Test(arguments: [
        ("Write a Python function that reverses a linked list.", Capability.codeGeneration),
        ("Fix this:\n```\nfor(i=0;i<n;i++){a[i]=b[i];}\n```", .codeGeneration),
        ("Translate the following sentence into French: the cat sleeps.", .translation),
        ("Summarize this article in three sentences: The council met on Monday and decided little.", .summarization),
        ("Write a short poem about the sea.", .creativeWriting),
        ("Prove that the square root of 2 is irrational.", .complexReasoning),
        ("Analyze the trend in these sales metrics and compare the quarters.", .analysis),
        ("What is the capital of France?", .simpleQA),
        ("When did the Second World War end?", .simpleQA),
        ("Please send my regards to everyone at the office.", .general),
        ("", .general),
    ])
    func infersWhatAPromptIsFor(text: String, capability: Capability) {
        #expect(PromptFeatures(of: text.utf8.span).capability == capability)
    }
}
