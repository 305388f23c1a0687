internal import Accounting
internal import Configuration
internal import Domain
internal import Reactor
internal import Routing

/// What a policy knows of its models' energy.
extension Policy {
    /// How each model's footprint is worked out.
    ///
    /// - Throws: ``GatewayStartError/energyUnknown(model:reason:)``.
    static func footprints(_ catalogue: Catalogue) throws(GatewayStartError) -> [FootprintModel] {
        var footprints: [FootprintModel] = []
        for model in catalogue.models {
            do throws(EnergyModelError) {
                footprints.append(try FootprintModel(model.energy))
            } catch {
                throw .energyUnknown(model: model.id, reason: "\(error)")
            }
        }
        return footprints
    }

    /// A router by the grids as they are in `book` then.
    static func router(
        _ configuration: GatewayConfiguration,
        _ footprints: [FootprintModel],
        _ book: IntensityBook,
        at now: Int64
    ) -> Router {
        let routing = configuration.settings.routing
        return Router(
            catalogue: configuration.catalogue,
            settings: RouterSettings(
                exploration: routing.exploration,
                carbonLevel: routing.carbonLevel,
                worth: UtilityWorth(routing.utility)
            ),
            outlooks: footprints.map { GridOutlook($0, at: $0.intensity(in: book, at: now)) }
        )
    }

    /// The meters of models with `watts` or `power_url`; one that there was goes on, requests under way included.
    static func meters(_ configuration: GatewayConfiguration, _ old: [ModelID: WorkerMeter]) -> [WorkerMeter?] {
        let idleSpread = Duration.seconds(configuration.settings.carbon.idleSpreadSeconds)
        return configuration.catalogue.models.map { model in
            let hardware = model.energy.hardware
            guard hardware.watts != nil || hardware.powerURL != nil else { return nil }
            guard let meter = old[model.id], meter.idleSpread == idleSpread else {
                return WorkerMeter(watts: hardware.watts, idleSpread: idleSpread, now: .now)
            }
            // What was read last is nearer than what is declared.
            if let watts = hardware.watts, hardware.powerURL == nil { meter.setPower(watts: watts, at: .now) }
            return meter
        }
    }

    /// The meters by their models, for the policy that comes next.
    var metersByModel: [ModelID: WorkerMeter] {
        let metered = zip(catalogue.models, meters).compactMap { model, meter in meter.map { (model.id, $0) } }
        return Dictionary(metered) { first, _ in first }
    }

    /// Notes what the machine of the model at `index` works on as an attempt begins, whose slot is taken.
    func beginLoad(_ index: Int, at now: Instant) -> AttemptLoad {
        AttemptLoad(active: fleet.active(index), share: meters[index]?.start(at: now))
    }

    /// What it worked on meanwhile, on average of the beginning and the end, and what of its energy is the attempt's.
    func endLoad(_ load: AttemptLoad, _ index: Int, at now: Instant) -> (concurrency: Double?, joules: Double?) {
        let concurrency = Double(load.active + fleet.active(index)) / 2
        let joules = load.share.flatMap { meters[index]?.finish($0, at: now) }
        return (footprints[index].isDedicated ? concurrency : nil, joules)
    }
}

/// What a model's machine worked on when an attempt began.
struct AttemptLoad {
    /// Requests under way, this one included.
    let active: Int
    /// Its place in the machine's meter.
    let share: WorkerMeter.Share?
}

extension UtilityWorth {
    /// What the settings say.
    init(_ settings: Settings.Utility) {
        self.init(
            perDollar: settings.qualityPerDollar,
            perGram: settings.qualityPerGram,
            perSecond: settings.qualityPerSecond
        )
    }
}
