internal import Budgets
internal import Configuration
internal import Domain
internal import HTTP
internal import Ledger
internal import Neural
internal import Reactor
internal import Routing

/// A router that chooses models by itself, where others say what quality to expect of them and a strategy chooses.
struct Chooser: Sendable {
    enum Kind: Sendable {
        /// A policy that was trained in an environment.
        case policy(PolicyChooser)
        /// One that learns from feedback; ``BanditKeeper`` has what it has learned.
        case bandit(Settings.Bandit)
    }

    /// The name that settings give it.
    let id: String
    let kind: Kind
}

/// What a chooser has made of one request: for the ledger, which bandits learn from, and for whoever asks.
struct ChooserReport: Sendable {
    let id: String
    /// What it made of each model.
    let values: [Double?]
    /// Whether it was to choose.
    let isInForce: Bool
    /// What a bandit has seen of the prompt; empty for a policy.
    var context: [Double] = []
    /// The bandit; `nil` for a policy.
    var bandit: FeedbackBandit?
}

extension Policy {
    /// The choosers of the settings, bound to the catalogue's models.
    ///
    /// It reads files, so no loop may call it.
    ///
    /// - Throws: ``GatewayStartError/router(id:path:reason:)``.
    static func choosers(_ settings: Settings, _ catalogue: Catalogue) throws(GatewayStartError) -> [Chooser] {
        var choosers: [Chooser] = []
        for router in settings.routers where router.kind.choosesModels && router.isThere {
            guard router.kind == .policy else {
                choosers.append(Chooser(id: router.id, kind: .bandit(router.bandit)))
                continue
            }
            let path = weightsPath(in: router.path ?? "")
            do throws(FileError) {
                let trained = try TrainedPolicy(SafetensorsFile(path: path))
                let bound = try PolicyChooser(trained, models: catalogue.models.map(\.id))
                choosers.append(Chooser(id: router.id, kind: .policy(bound)))
            } catch {
                throw .router(id: router.id, path: path, reason: error.message)
            }
        }
        return choosers
    }

    /// The names of all routers that a request may ask for.
    var routerNames: [String] { learnedRouters.map(\.id) + choosers.map(\.id) }

    /// The chooser of that name; `nil` if that is none.
    func chooser(_ id: String) -> Chooser? { choosers.first { $0.id == id } }
}

extension Inference {
    /// Has the chooser that the request goes by, if any, say what it wants.
    ///
    /// After ``purse(_:_:)``, which tells what is left of budgets.
    func consult(_ chooser: Chooser?, _ request: inout RoutingRequest, _ record: RequestRecord) {
        record.chooser = nil
        guard let chooser, let complexity = record.complexity else { return }
        switch chooser.kind {
        case .policy(let policy):
            let left = record.headroom?.dollars
            let situation = PolicyChooser.Situation(
                inputTokens: request.inputTokens,
                complexity: complexity.score,
                qualityRequired: request.constraints.requiredQuality,
                unixSeconds: WallClock.unixMilliseconds / 1000,
                budgetShare: left?.left ?? 1,
                timeShare: left?.time ?? 1
            )
            let fleet = self.policy.fleet.snapshot(now: worker.loop.now.nanoseconds)
            let values = policy.preferences(in: situation, fleet: fleet)
            request.preferences = Preferences(values: values, isInForce: true, exploration: nil)
            record.chooser = ChooserReport(id: chooser.id, values: values, isInForce: true)
        case .bandit:
            let models = self.policy.catalogue.models.map(\.id)
            guard let bandit = service.bandits.bandit(chooser.id), bandit.models == models else { return }
            let context = complexity.context(inputTokens: request.inputTokens)
            let preferences = bandit.preferences(in: context)
            request.preferences = preferences
            record.chooser = ChooserReport(
                id: chooser.id,
                values: preferences.values,
                isInForce: preferences.isInForce,
                context: context,
                bandit: bandit
            )
        }
    }
}

extension ChooserReport {
    /// What begins the member that ``write(_:in:to:)`` writes for a chooser of this name: what the ledger is searched for.
    static func mark(_ id: String) -> String {
        var writer = JSONWriter()
        writer.object { $0.object("chooser") { $0.member("id", id) } }
        return String(decoding: writer.bytes.dropFirst().dropLast(2), as: UTF8.self)
    }

    /// What the ledger keeps: who would have chosen what, and what was known.
    func write(_ rivals: Rivals, in catalogue: Catalogue, to writer: inout JSONWriter) {
        writer.object("chooser") { writer in
            writer.member("id", id)
            writer.member("in_force", isInForce)
            writer.member("router_choice", catalogue.models[rivals.router].id.rawValue)
            writer.member("strategy_choice", catalogue.models[rivals.strategy].id.rawValue)
            guard !context.isEmpty else { return }
            writer.array("context") { writer in for value in context { writer.value((value * 1e4).rounded() / 1e4) } }
        }
    }

    /// What a dry run tells: what it makes of the models that `isShown` lets through, and whether the guard holds.
    func writeReport(
        _ rivals: Rivals?,
        in catalogue: Catalogue,
        to writer: inout JSONWriter,
        isShown: (ModelID) -> Bool
    ) {
        writer.object("chooser") { writer in
            writer.member("id", id)
            writer.member("in_force", isInForce)
            func name(_ place: Int?) -> String? {
                place.map { catalogue.models[$0].id }.flatMap { isShown($0) ? $0.rawValue : nil }
            }
            writer.member("router_choice", name(rivals?.router))
            writer.member("strategy_choice", name(rivals?.strategy))
            writer.object("preferences") { writer in
                for (model, value) in zip(catalogue.models, values) where isShown(model.id) {
                    guard let value else { continue }
                    writer.key(named: model.id.rawValue)
                    writer.value(value)
                }
            }
            guard let bandit else { return }
            writer.member("lessons", bandit.lessonCount)
            switch bandit.verdict {
            case .undecided(let reason): writer.member("undecided", reason)
            case .compared(let gain):
                writer.object("gain") { writer in
                    writer.member("estimate", gain.value)
                    writer.member("low", gain.low)
                    writer.member("high", gain.high)
                }
            }
        }
    }
}

extension BanditLesson {
    /// What a judged request teaches, its price in quality taken off; `nil` for one that was not chosen by a chooser.
    init?(_ row: JudgedDecision, qualityPerDollar: Double) {
        guard let document = try? JSONDocument(parsing: row.features, depthMax: 8), let chooser = document["chooser"]
        else { return nil }
        func text(_ key: StaticString) -> String? {
            guard let value = try? document.member(key, of: chooser) else { return nil }
            return try? document.string(of: value)
        }
        guard let own = text("router_choice"), let strategys = text("strategy_choice"),
            let numbers = try? document.member("context", of: chooser),
            let isInForce = (try? document.member("in_force", of: chooser)).flatMap({ document.bool(of: $0) })
        else { return nil }
        self.init(
            id: row.id,
            key: row.key,
            context: document.elements(of: numbers).compactMap { document.double(of: $0) },
            model: row.modelUsed,
            reward: row.score - qualityPerDollar * row.cost.dollars,
            chosen: row.chosenModel,
            propensity: row.propensity,
            strategyChoice: ModelID(strategys),
            routerChoice: ModelID(own),
            wasInForce: isInForce
        )
    }
}
