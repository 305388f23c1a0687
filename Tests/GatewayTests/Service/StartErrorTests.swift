import Domain
import Testing

@testable import Gateway

@Suite struct StartErrorTests {
    @Test(arguments: [
        (
            GatewayStartError.invalidBackend(model: ModelID("gpt"), url: "ftp://x", reason: "no http"),
            "model gpt: base_url ftp://x cannot be called: no http"
        ),
        (.certificate(reason: "expired"), "TLS certificate: expired"), (.ledger(reason: "locked"), "ledger: locked"),
        (.system(reason: "no descriptors"), "the system refuses: no descriptors"),
        (.needsRestart(setting: "loops"), "`loops` changes only with a restart"),
    ])
    func saysWhatIsWrong(error: GatewayStartError, text: String) {
        #expect(error.description == text)
    }

    @Test func aPortThatIsTakenIsNamedWithWhatToDo() {
        let text = GatewayStartError.listener(address: "127.0.0.1:8080", reason: "address in use").description
        for part in ["127.0.0.1:8080", "address in use", "api.addresses"] { #expect(text.contains(part)) }
    }
}
