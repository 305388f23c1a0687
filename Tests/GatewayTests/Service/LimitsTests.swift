import Configuration
import Server
import Testing
import Upstream

@testable import Gateway

@Suite struct LimitsTests {
    @Test func everyLimitOfTheServerIsASetting() throws {
        let limits = try GatewayConfiguration.test(
            [entry("a")],
            settings: """
                limits:
                  head_bytes_max: 2048
                  header_count_max: 9
                  body_bytes_max: 3333
                  connections_max: 44
                  pipelined_requests_max: 5
                  head_seconds_max: 1.5
                  body_seconds_max: 2.5
                  idle_seconds_max: 3.5
                  write_seconds_max: 4.5
                  half_closed_seconds_max: 5.5
                """
        ).settings.limits
        let server = ServerLimits(limits)
        #expect(server.headBytesMax == 2048)
        #expect(server.headerCountMax == 9)
        #expect(server.bodyBytesMax == 3333)
        #expect(server.connectionsMax == 44)
        #expect(server.pipelinedRequestsMax == 5)
        #expect(server.headDurationMax == .milliseconds(1500))
        #expect(server.bodyDurationMax == .milliseconds(2500))
        #expect(server.idleDurationMax == .milliseconds(3500))
        #expect(server.writeDurationMax == .milliseconds(4500))
        #expect(server.halfClosedDurationMax == .milliseconds(5500))
    }

    @Test func everyLimitOfTheClientIsASetting() throws {
        let settings = try GatewayConfiguration.test(
            [entry("a")],
            settings: """
                upstream:
                  connections_per_backend_max: 7
                  idle_connections_per_backend_max: 3
                  keep_alive_seconds_max: 1.5
                  response_head_bytes_max: 2048
                  proxy: "http://127.0.0.1:3128"
                  verify_certificates: false
                  allow_private_addresses: false
                """
        ).settings.upstream
        let upstream = UpstreamSettings(settings)
        #expect(upstream.connectionsPerOriginMax == 7)
        #expect(upstream.idleConnectionsPerOriginMax == 3)
        #expect(upstream.keepAlive == .milliseconds(1500))
        #expect(upstream.responseHeadBytesMax == 2048)
        #expect(upstream.proxy == "http://127.0.0.1:3128")
        #expect(!upstream.verifiesCertificates)
        #expect(upstream.egress == .publicOnly)
    }

    @Test func backendsAreCheckedUnlessTheSettingsSayOtherwise() throws {
        let upstream = UpstreamSettings(try GatewayConfiguration.test([entry("a")]).settings.upstream)
        #expect(upstream.verifiesCertificates)
        #expect(upstream.proxy == nil)
        #expect(upstream.egress == .any, "backends on this machine are usual")
    }
}
