internal import Configuration
internal import Dispatch
internal import Domain
internal import Ledger
internal import Logging
internal import Server
internal import Synchronization
internal import Tenancy

/// How one policy takes another's place.
extension GatewayService {
    /// Reads the configuration anew and, if all of it is sound, swaps it in; else nothing changes.
    ///
    /// What was imported goes over the files while they say what they said then. `actor` is who asks, as versions show it.
    public func reload(by actor: String = "signal") async -> Result<Void, ReloadRefusal> {
        let result = await adopt(isImport: false, load)
        if case .success = result { await keepVersion(by: actor, as: .reload) }
        return result
    }

    /// Swaps in the configuration of `document`, an export; if it is not sound, nothing changes.
    func importConfiguration(_ document: String) async -> Result<Void, ReloadRefusal> {
        await adopt(isImport: true) {
            Result { () throws(ConfigurationErrors) in
                try self.policy.loaded.importing(document, file: "<import>")
            }
        }
    }

    private func adopt(isImport: Bool, _ load: @escaping Loader) async -> Result<Void, ReloadRefusal> {
        await administration.changes.pass {
            await withCheckedContinuation { continuation in
                reloads.async { continuation.resume(returning: self.adoptAtOnce(isImport: isImport, load)) }
            }
        }
    }

    /// On the queue of reloads.
    private func adoptAtOnce(isImport: Bool, _ load: Loader) -> Result<Void, ReloadRefusal> {
        let old = policy
        switch load() {
        case .failure(let errors): return .failure(.invalid(errors))
        case .success(let read):
            do throws(GatewayStartError) {
                let stored = try Self.contents(of: control)
                let configuration = isImport ? read : read.overlaid(by: stored.imported, log)
                try Self.checkRestart(old.settings, configuration.settings)
                // The policy last: once it is made, models without a key are switched off.
                let certificates = try [configuration.settings.api, configuration.settings.admin].map(Self.tls)
                let policy = try Policy(configuration, stored, hasher, replacing: old)
                try follow(policy.rules, configuration)
                grids.follow(configuration)
                policy.follow(grids.book)
                current.withLock { $0 = policy }
                policy.admission.offerFreeSlots()
                if !isImport { files.withLock { $0 = read.exportedJSON } }
                keepPrices(of: policy)
                for warning in configuration.warnings where !old.configuration.warnings.contains(warning) {
                    log.warning("\(warning)")
                }
                for (server, tls) in zip(servers.withLock({ $0 }), certificates) {
                    server.replaceLimits(ServerLimits(configuration.settings.limits))
                    if let tls { server.replaceTLS(tls) }
                }
                awaitLapse(of: policy)
                feedback.follow(policy)
                bandits.follow(policy)
                return .success(())
            } catch {
                return .failure(.unusable(error))
            }
        }
    }

    /// Refuses what contradicts itself, or the settings, were it in the store; off the loops, as price files are read.
    func check(_ next: ControlContents) async throws(GatewayStartError) {
        let loaded = policy.loaded
        let result: Result<Void, GatewayStartError> = await withCheckedContinuation { continuation in
            reloads.async {
                continuation.resume(
                    returning: Result { () throws(GatewayStartError) in
                        let configuration = try loaded.overridden(by: next)
                        _ = try KeyDirectory.make(configuration, next, self.hasher)
                        for model in configuration.catalogue.models { _ = try Backend(model, secret: nil) }
                    }
                )
            }
        }
        try result.get()
    }

    /// Takes over what administration has changed in the store; a contradiction changes nothing.
    func refresh() async throws(GatewayStartError) {
        let result: Result<Void, GatewayStartError> = await withCheckedContinuation { continuation in
            reloads.async { continuation.resume(returning: self.refreshAtOnce()) }
        }
        try result.get()
    }

    /// Takes over what administration has changed through another replica; an import by reading the files anew, as it goes
    /// over them.
    func followOtherReplicas() {
        reloads.async {
            do throws(GatewayStartError) {
                let stored = try Self.contents(of: self.control)
                guard stored != self.policy.stored else { return }
                guard stored.imported == self.policy.stored.imported else {
                    if case .failure(let refusal) = self.adoptAtOnce(isImport: false, self.load) {
                        self.log.error("what was imported through another replica is not in force: \(refusal)")
                    }
                    return
                }
                try self.refreshAtOnce().get()
            } catch {
                self.log.error("what was changed through another replica is not in force: \(error)")
            }
        }
    }

    /// On the queue of reloads.
    private func refreshAtOnce() -> Result<Void, GatewayStartError> {
        let old = policy
        return Result { () throws(GatewayStartError) in
            let policy = try Policy(old.loaded, try Self.contents(of: control), hasher, replacing: old)
            try follow(policy.rules, policy.configuration)
            current.withLock { $0 = policy }
            policy.admission.offerFreeSlots()
            keepPrices(of: policy)
            awaitLapse(of: policy)
            feedback.follow(policy)
            bandits.follow(policy)
        }
    }
}

extension GatewayConfiguration {
    /// The configuration that was imported over these files, as long as they say what they said then; else that of the
    /// files.
    func overlaid(by imported: ImportedConfiguration?, _ log: Logger) -> GatewayConfiguration {
        guard let imported else { return self }
        guard imported.files == exportedJSON else {
            log.warning("the files have changed since a configuration was imported over them: they are in force")
            return self
        }
        do throws(ConfigurationErrors) {
            return try importing(imported.document, file: "<import>")
        } catch {
            log.error("the configuration that was imported is sound no more, and the files are in force: \(error)")
            return self
        }
    }
}
