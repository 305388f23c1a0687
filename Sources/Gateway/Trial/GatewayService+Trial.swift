internal import Configuration
internal import Dispatch
internal import Domain
internal import Ledger
internal import Logging
internal import Reactor

/// What another configuration would have made of the latest requests.
struct TriedConfiguration {
    /// What it says differently.
    let difference: ConfigurationDifference
    /// The setting for which it would need a restart; `nil` if it can be put in force as it is.
    let needsRestart: String?
    let report: TrialReport
}

extension GatewayService {
    /// Where a configuration to try comes from.
    enum TrialSource: Sendable {
        /// The files as they are now.
        case files
        /// An export.
        case document(String)
    }

    /// Tries a configuration on the latest requests; nothing of the one in force is touched.
    ///
    /// - Parameters:
    ///   - source: The configuration.
    ///   - rows: The requests, from the ledger.
    /// - Returns: What would have changed, or why it could not be put in force.
    func tryOut(_ source: TrialSource, on rows: [RequestRow]) async -> Result<TriedConfiguration, ReloadRefusal> {
        await withCheckedContinuation { continuation in
            reloads.async { continuation.resume(returning: self.tryOutAtOnce(source, on: rows)) }
        }
    }

    /// On the queue of reloads: it reads routers' files, and takes a while.
    private func tryOutAtOnce(
        _ source: TrialSource,
        on rows: [RequestRow]
    ) -> Result<TriedConfiguration, ReloadRefusal> {
        let current = policy
        let read: Result<GatewayConfiguration, ConfigurationErrors> =
            switch source {
            case .files: load()
            case .document(let text):
                Result { () throws(ConfigurationErrors) in try current.loaded.importing(text, file: "<dry run>") }
            }
        switch read {
        case .failure(let errors): return .failure(.invalid(errors))
        case .success(let configuration):
            do throws(GatewayStartError) {
                let next = try Policy(configuration, current.stored, hasher, replacing: current, isTrial: true)
                let trial = ConfigurationTrial(current: current, next: next, lengths: spending.lengths)
                return .success(
                    TriedConfiguration(
                        difference: ConfigurationDifference(
                            from: current.loaded.exportedJSON,
                            to: configuration.exportedJSON
                        ),
                        needsRestart: Self.restart(current.settings, configuration.settings),
                        report: trial.run(rows)
                    )
                )
            } catch {
                return .failure(.unusable(error))
            }
        }
    }

    private static func restart(_ old: Settings, _ new: Settings) -> String? {
        do throws(GatewayStartError) {
            try checkRestart(old, new)
            return nil
        } catch {
            if case .needsRestart(let setting) = error { return setting }
            return "\(error)"
        }
    }
}

extension GatewayService {
    /// Notes which configuration is in force now; its number, or `nil` where that could not be kept.
    ///
    /// It is in force all the same, so the log alone complains.
    @discardableResult
    func keepVersion(by actor: String, as action: ConfigurationVersion.Action) async -> Int64? {
        do throws(ControlError) {
            return try await control.keepVersion(
                policy.loaded.exportedJSON,
                by: actor,
                as: action,
                at: WallClock.unixMilliseconds
            )
        } catch {
            log.error("the configuration is in force, and not among the versions to go back to: \(error)")
            return nil
        }
    }
}
