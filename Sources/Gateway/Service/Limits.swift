internal import Configuration
internal import Server
internal import Upstream

extension ServerLimits {
    /// The server's limits by the settings.
    init(_ limits: Settings.Limits) {
        self.init()
        headBytesMax = limits.headBytesMax
        headerCountMax = limits.headerCountMax
        bodyBytesMax = limits.bodyBytesMax
        connectionsMax = limits.connectionsMax
        pipelinedRequestsMax = limits.pipelinedRequestsMax
        headDurationMax = .seconds(limits.headSecondsMax)
        bodyDurationMax = .seconds(limits.bodySecondsMax)
        idleDurationMax = .seconds(limits.idleSecondsMax)
        writeDurationMax = .seconds(limits.writeSecondsMax)
        halfClosedDurationMax = .seconds(limits.halfClosedSecondsMax)
    }
}

extension UpstreamSettings {
    /// The client's settings by the gateway's.
    init(_ settings: Settings.Upstream) {
        self.init()
        connectionsPerOriginMax = settings.connectionsPerBackendMax
        idleConnectionsPerOriginMax = settings.idleConnectionsPerBackendMax
        keepAlive = .seconds(settings.keepAliveSecondsMax)
        responseHeadBytesMax = settings.responseHeadBytesMax
        caFile = settings.caFile
        verifiesCertificates = settings.verifyCertificates
        proxy = settings.proxy
        egress = settings.allowPrivateAddresses ? .any : .publicOnly
    }
}
