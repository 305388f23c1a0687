internal import Configuration
internal import Domain
internal import Ledger
internal import Logging
internal import Reactor
internal import Server
internal import Synchronization
internal import Tenancy

/// What a service is made of, and what of it only a start can change.
extension GatewayService {
    /// Begins to listen as `listener` says, and returns the addresses with the ports that the kernel chose for 0.
    func listen(
        _ listener: Settings.Listener,
        _ limits: Settings.Limits,
        on loops: [EventLoop],
        _ handler: any RequestHandler
    ) async throws(GatewayStartError) -> [String] {
        let tls = try Self.tls(listener)
        var addresses: [SocketAddress] = []
        for text in listener.addresses {
            do throws(IOError) {
                addresses.append(try SocketAddress(text))
            } catch {
                throw .listener(address: text, reason: "\(error)")
            }
        }
        let server = HTTPServer(
            loops: loops,
            addresses: addresses,
            limits: ServerLimits(limits),
            tls: tls,
            handler: handler
        )
        do throws(IOError) {
            try await server.start()
        } catch {
            throw .listener(address: listener.addresses.joined(separator: ", "), reason: "\(error)")
        }
        servers.withLock { $0.append(server) }
        return server.boundAddresses.map(\.description)
    }

    /// The certificate and key of `listener`; `nil` if it has none.
    static func tls(_ listener: Settings.Listener) throws(GatewayStartError) -> TLSContext? {
        guard let certificate = listener.tlsCertificate, let key = listener.tlsKey else { return nil }
        do throws(IOError) {
            return try TLSContext(certificateChainPath: certificate, privateKeyPath: key)
        } catch {
            throw .certificate(reason: "\(error)")
        }
    }

    /// Opens the ledger, whose troubles go to `log`.
    static func openLedger(
        _ configuration: GatewayConfiguration,
        _ log: Logger
    ) throws(GatewayStartError) -> LedgerWriter {
        let settings = configuration.settings
        var options = LedgerSettings()
        options.queueRowsMax = settings.ledger.queueRowsMax
        options.tickMilliseconds = settings.ledger.tickMilliseconds
        options.spillPath = settings.ledgerPath + ".spill"
        options.spillBytesMax = settings.ledger.spillBytesMax
        do {
            return try LedgerWriter(at: configuration.ledgerLocation, settings: options) { event in
                log.warning("ledger", metadata: ["event": "\(event)"])
            }
        } catch {
            throw .ledger(reason: "\(error)")
        }
    }

    /// What keeps requests within budgets, with the other replicas where the ledger has several.
    static func makeSpending(
        _ policy: Policy,
        _ ledger: LedgerWriter,
        _ log: Logger
    ) throws(GatewayStartError) -> SpendControl {
        let settings = policy.settings
        let term = Duration.seconds(settings.ledger.leaseSeconds)
        return try SpendControl(
            policy.rules,
            holdSecondsMax: settings.limits.requestSecondsMax * 2,
            now: WallClock.unixMilliseconds
        ) { book, limiter throws(GatewayStartError) in
            guard let replica = ledger.replica else { return nil }
            do throws(LedgerError) {
                return try LeaseStore(at: policy.configuration.ledgerLocation, of: ledger, term: term).map {
                    LeaseKeeper(
                        $0,
                        book,
                        limiter,
                        replica: replica.id,
                        term: term,
                        policy: settings.ledger.whenAway,
                        log: log
                    )
                }
            } catch {
                throw .ledger(reason: "\(error)")
            }
        }
    }

    /// Remembers the prices by which requests are charged from now on: to hold the next list to them, and to tell what
    /// a version meant that the ledger's rows name.
    func keepPrices(of policy: Policy) {
        do {
            try policy.configuration.keepPrices()
        } catch {
            log.warning("the price list cannot be kept as the last good one: \(error)")
        }
        let catalogue = policy.catalogue
        do throws(ControlError) {
            let prices = String(decoding: catalogue.pricesJSON, as: UTF8.self)
            try control.keepPrices(prices, version: catalogue.priceVersion, at: WallClock.unixMilliseconds)
        } catch {
            log.warning("the price list \(catalogue.priceVersion) cannot be kept: \(error)")
        }
    }

    /// Opens the store of administration, in the ledger's database.
    static func openControl(_ configuration: GatewayConfiguration) throws(GatewayStartError) -> ControlStore {
        do {
            return try ControlStore(at: configuration.ledgerLocation)
        } catch {
            throw .ledger(reason: "\(error)")
        }
    }

    /// What hashes keys: under the pepper, or, where there is none, under one that this process draws.
    ///
    /// The latter does for keys that are declared, whose texts are in the environment at each start.
    static func makeHasher(_ configuration: GatewayConfiguration) throws(GatewayStartError) -> KeyHasher {
        let previous = configuration.previousKeyPepper.flatMap { KeyHasher(pepper: $0) }
        let hasher = configuration.keyPepper.map { KeyHasher(pepper: $0, previous: previous) } ?? KeyHasher.ephemeral()
        guard let hasher else { throw .tenancy(reason: "OpenSSL has no HMAC-SHA256") }
        return hasher
    }

    /// What is in the store now; blocks, so it is for the start and the queue of reloads.
    static func contents(of control: ControlStore) throws(GatewayStartError) -> ControlContents {
        do throws(ControlError) {
            return try control.contentsNow()
        } catch {
            throw .ledger(reason: "\(error)")
        }
    }

    /// Refuses a reload that changes what only a start can: better said than silently left undone.
    static func checkRestart(_ old: Settings, _ new: Settings) throws(GatewayStartError) {
        if old.api.addresses != new.api.addresses { throw .needsRestart(setting: "api.addresses") }
        if old.admin.addresses != new.admin.addresses { throw .needsRestart(setting: "admin.addresses") }
        if (old.api.tlsKey == nil) != (new.api.tlsKey == nil) { throw .needsRestart(setting: "api.tls_key") }
        if (old.admin.tlsKey == nil) != (new.admin.tlsKey == nil) { throw .needsRestart(setting: "admin.tls_key") }
        if old.encoder != new.encoder { throw .needsRestart(setting: "encoder") }
        if old.simulatedClock != new.simulatedClock { throw .needsRestart(setting: "simulated_clock") }
        if old.loops != new.loops { throw .needsRestart(setting: "loops") }
        if old.ledgerPath != new.ledgerPath { throw .needsRestart(setting: "ledger.path") }
        if old.ledger.url != new.ledger.url { throw .needsRestart(setting: "ledger.url") }
        if old.ledger.leaseSeconds != new.ledger.leaseSeconds { throw .needsRestart(setting: "ledger.lease_seconds") }
        if old.ledger.whenAway != new.ledger.whenAway { throw .needsRestart(setting: "ledger.when_away") }
        if old.previousKeyPepperVariable != new.previousKeyPepperVariable {
            throw .needsRestart(setting: "key_pepper_previous_variable")
        }
        if old.cache != new.cache { throw .needsRestart(setting: "cache") }
        if old.upstream != new.upstream { throw .needsRestart(setting: "upstream") }
    }
}
