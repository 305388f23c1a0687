import Testing
import Upstream

@Suite struct OriginTests {
    @Test(arguments: [
        ("https://api.openai.com/v1", "https://api.openai.com", "/v1", 443),
        ("https://API.Example.com", "https://api.example.com", "", 443),
        ("http://localhost:8000/", "http://localhost:8000", "", 8000),
        ("HTTP://127.0.0.1:80/a/b/", "http://127.0.0.1", "/a/b", 80),
        ("http://[::1]:11434/v1", "http://[::1]:11434", "/v1", 11434),
        ("https://[2001:DB8::1]", "https://[2001:db8::1]", "", 443),
        ("http://llm_1.internal.:65535/x%20y", "http://llm_1.internal.:65535", "/x%20y", 65535),
    ])
    func readsABaseURL(text: String, origin: String, path: String, port: UInt16) throws {
        let parsed = try Origin.parse(baseURL: text)
        #expect(parsed.origin.description == origin)
        #expect(parsed.path == path)
        #expect(parsed.origin.port == port)
        // What is printed reads back as the same.
        #expect(try Origin.parse(baseURL: origin).origin == parsed.origin)
    }

    @Test(arguments: [
        "", "api.openai.com", "ftp://a", "file:///etc/passwd", "http://", "http:///v1", "https://user:key@host/v1",
        "http://host@evil", "http://a:0", "http://a:65536", "http://a:", "http://a:-1", "http://a:+1", "http://a:8x",
        "http://a b", "http://a/b?c", "http://a/b#c", "http://a/b c", "http://[::1", "http://[gg]", "http://[]",
        "http://[::1]x", "http://a]:80", "http://ä.example", "http://a\r\nb", "http://a/\u{0}",
        "http://a\\b", "http://a%2eb", "http://" + String(repeating: "a", count: 254),
        "http://a/" + String(repeating: "b", count: 2048),
    ])
    func refusesWhatIsNoBaseURL(text: String) {
        #expect {
            try Origin.parse(baseURL: text)
        } throws: { error in
            guard case .invalidOrigin(let reason) = error as? UpstreamError else { return false }
            return !reason.contains("key")
        }
    }
}

@Suite struct EgressPolicyTests {
    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1",
        "172.31.255.255", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fc00::1",
        "fd12::1", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:db8::1", "2001::1", "192.0.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "240.0.0.1",
    ])
    func keepsSpecialAddressesFromThePublicPolicy(address: String) throws {
        let address = try #require(IPAddress(address))
        #expect(!EgressPolicy.publicOnly.allows(address))
        #expect(EgressPolicy.any.allows(address))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "169.253.255.255",
        "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8",
    ])
    func letsThePublicPolicyConnectToTheInternet(address: String) throws {
        #expect(EgressPolicy.publicOnly.allows(try #require(IPAddress(address))))
    }

    @Test func allowsTheListedRangesAlone() throws {
        let ranges = try ["10.0.0.0/9", "fd00::/8", "192.0.2.7"].map { try #require(AddressRange($0)) }
        let listed = EgressPolicy.only(ranges)
        let public_ = EgressPolicy.publicAnd(ranges)
        for (text, isListed) in [
            ("10.0.0.0", true), ("10.127.255.255", true), ("10.128.0.0", false), ("fdff::1", true), ("fe00::1", false),
            ("192.0.2.7", true), ("192.0.2.6", false),
        ] {
            let address = try #require(IPAddress(text))
            #expect(listed.allows(address) == isListed)
            #expect(public_.allows(address) == isListed)
        }
        let google = try #require(IPAddress("8.8.8.8"))
        #expect(!listed.allows(google))
        #expect(public_.allows(google))
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::/129", "a/8", "10.0.0.0/8/8", "10.0.0.0/"])
    func refusesWhatIsNoRange(text: String) {
        #expect(AddressRange(text) == nil)
    }
}

@Suite struct UpstreamErrorTests {
    @Test func namesEveryKindForMetrics() {
        let labels = UpstreamError.Kind.allCases.map(\.label)
        #expect(Set(labels).count == labels.count)
        #expect(labels.contains("first_byte_timed_out"))
        #expect(labels.allSatisfy { $0.allSatisfy { $0 == "_" || ("a"..."z").contains($0) } })
    }

    /// A request that may have reached a backend is never called safe to repeat.
    @Test func callsOnlyUnsentRequestsSafeToRepeat() {
        #expect(UpstreamError.connectRefused(reason: "").isSafeToRepeat)
        #expect(UpstreamError.poolExhausted(connectionsMax: 1).isSafeToRepeat)
        #expect(!UpstreamError.sendFailed(reason: "").isSafeToRepeat)
        #expect(!UpstreamError.closedBeforeResponse.isSafeToRepeat)
        #expect(!UpstreamError.firstByteTimedOut(after: .zero).isSafeToRepeat)
    }
}
