import Domain
import Testing

/// Providers repeat the key that they refuse; nobody else is to read it.
@Suite struct SecretRedactionTests {
    private static let key = "sk-proj/Canary+93ac07=="

    @Test(arguments: [
        ("", ""), ("nothing of it", "nothing of it"), ("sk-proj", "sk-proj"),
        ("Incorrect API key provided: \(key).", "Incorrect API key provided: <redacted>."),
        ("\(key)\(key) \(key)", "<redacted><redacted> <redacted>"),
        // JSON may escape the slash, once or, as a string within a string, more often.
        (#"{"message": "sk-proj\/Canary+93ac07== no"}"#, #"{"message": "<redacted> no"}"#),
        (#"sk-proj\\\/Canary+93ac07==!"#, "<redacted>!"),
        // An excerpt that ends within it.
        ("key sk-proj/Canary", "key <redacted>"),
        // What only begins like it, again and again.
        ("sk-sk-sk-proj/sk-proj/Canary+93ac07==", "sk-sk-sk-proj/<redacted>"),
        ("sk-proj/Canary+93ac08==", "sk-proj/Canary+93ac08=="),
    ])
    func takesTheSecretOut(text: String, rest: String) {
        #expect(Secret(Self.key).redacted(from: text) == rest)
    }

    /// Backends of one's own have placeholders for keys, which are words like others.
    @Test(arguments: ["", "none", "EMPTY", "sk-1234"])
    func leavesPlaceholdersAlone(key: String) {
        let text = "there is none of EMPTY sk-1234 here"
        #expect(Secret(key).redacted(from: text) == text)
    }

    /// Wherever it stands and whatever is around it.
    @Test(arguments: 0..<200)
    func nothingOfItIsLeft(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let alphabet = Array("sk-proj/\\C ".utf8)
        let noise: () -> [UInt8] = {
            (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in alphabet.randomElement(using: &generator)
            }
        }
        var text = noise()
        for _ in 0..<3 { text += Array(Self.key.utf8) + noise() }
        let kept = String(decoding: Secret(Self.key).redacted(from: text), as: UTF8.self)
        #expect(!kept.contains("Canary"))
    }
}
