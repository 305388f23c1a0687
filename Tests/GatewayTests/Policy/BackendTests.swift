import Configuration
import Domain
import Testing
import Upstream

@testable import Gateway

@Suite struct BackendTests {
    @Test(arguments: [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000", "/v1"),
        ("https://api.openai.com/v1", "https://api.openai.com", "/v1"),
        ("http://[::1]:80/a/b", "http://[::1]", "/a/b"), ("http://host", "http://host", ""),
    ])
    func anEndpointIsBelowTheBaseURL(url: String, origin: String, base: String) throws {
        let backend = try backend(url)
        #expect(backend.origin.description == origin)
        #expect(backend.path(for: .chat) == base + "/chat/completions")
        #expect(backend.path(for: .completions) == base + "/completions")
        #expect(backend.path(for: .embeddings) == base + "/embeddings")
    }

    /// The base URL may name the deployment, or the resource alone, as the shipped example does.
    @Test(arguments: [
        "https://r.openai.azure.com/openai/deployments/gpt?api-version=2024-10-21",
        "https://r.openai.azure.com?api-version=2024-10-21",
    ])
    func azureHasTheDeploymentInThePathOnceAndTheVersionBehind(url: String) throws {
        let backend = try backend(url, "provider: azure, upstream_name: gpt")
        #expect(backend.path(for: .chat) == "/openai/deployments/gpt/chat/completions?api-version=2024-10-21")
        #expect(backend.path(for: .embeddings) == "/openai/deployments/gpt/embeddings?api-version=2024-10-21")
    }

    @Test(arguments: [("openai_compatible", "authorization: Bearer sk-1\r\n"), ("azure", "api-key: sk-1\r\n")])
    func theKeyGoesIntoTheProvidersHeader(provider: String, line: String) throws {
        let lines = try backend("http://h/v1", "provider: \(provider)", key: "sk-1")
            .headerLines(adding: Array("x-request-id: 1\r\n".utf8)).text
        #expect(lines == "content-type: application/json\r\n\(line)x-request-id: 1\r\n")
    }

    @Test func withoutAKeyNoneIsSent() throws {
        let lines = try backend("http://h/v1").headerLines(adding: []).text
        #expect(lines == "content-type: application/json\r\n")
    }

    @Test func nothingShowsTheKey() throws {
        let backend = try backend("http://h/v1", key: "sk-very-secret")
        var dumped = ""
        dump(backend, to: &dumped)
        for text in [dumped, "\(backend)", String(reflecting: backend)] { #expect(!text.contains("very")) }
        // Nor, what `dump` would write, its bytes.
        #expect(!dumped.contains("\(UInt8(ascii: "v"))\n"))
    }

    @Test func aBaseURLThatCannotBeCalledIsRefusedByName() throws {
        let model = try Policy.test([entry("a")]).model("a").at(url: "ftp://host/v1")
        #expect { try Backend(model, secret: nil) } throws: { error in
            "\(error)".contains("model a: base_url ftp://host/v1 cannot be called")
        }
    }

    private func backend(_ url: String, _ more: String = "", key: String? = nil) throws -> Backend {
        try Backend(try Policy.test([entry("a", at: url, more)]).model("a"), secret: key.map { Secret($0) })
    }
}

extension Model {
    /// The same model at another place, which no configuration would have let through.
    fileprivate func at(url: String) -> Model {
        Model(
            id: id,
            displayName: displayName,
            provider: provider,
            baseURL: url,
            upstreamName: upstreamName,
            keyVariable: keyVariable,
            aliases: aliases,
            endpoints: endpoints,
            features: features,
            capabilities: capabilities,
            tier: tier,
            quality: quality,
            prices: prices,
            contextWindow: contextWindow,
            outputTokensMax: outputTokensMax,
            latencyPrior: latencyPrior,
            concurrencyMax: concurrencyMax,
            energy: energy
        )
    }
}
