internal import Accounting
internal import Configuration
internal import Domain
internal import HTTP
internal import Logging
internal import Reactor

extension GatewayService {
    /// Reads the power of our own workers again and again, until cancelled; a task of its own, off the loops.
    func watchPower() async {
        while true {
            await readPower()
            do {
                try await Task.sleep(for: .seconds(policy.settings.carbon.powerSeconds))
            } catch {
                return
            }
        }
    }

    /// Reads each worker's page; one that fails is taken to draw what it drew.
    private func readPower() async {
        let policy = policy
        let limit = Duration.seconds(policy.settings.carbon.sourceSecondsMax)
        for (model, meter) in zip(policy.catalogue.models, policy.meters) {
            guard let meter, let url = model.energy.hardware.powerURL else { continue }
            let page = await fetch(url, IntensityRequest(path: "", headers: []), within: limit)
            switch page.map({ Self.watts(in: $0, named: model.energy.hardware.powerMetric) }) {
            case .success(let watts?): meter.setPower(watts: watts, at: .now)
            case .success(nil): logPower(model, "the page has no such metric")
            case .failure(let error): logPower(model, "\(error)")
            }
        }
    }

    private func logPower(_ model: Model, _ reason: String) {
        log.warning(
            "power of a worker: no reading, so it is taken to draw what it drew",
            metadata: ["model": "\(model.id)", "metric": "\(model.energy.hardware.powerMetric)", "reason": "\(reason)"]
        )
    }

    /// The sum of a metric's samples; `nil` if the page has none that could be watts.
    static func watts(in page: [UInt8], named name: String) -> Double? {
        let name = Array(name.utf8)
        var sum: Double?
        for sample in MetricsText(page) where sample.name.elementsEqual(name) {
            guard sample.value >= 0, sample.value < 1e9 else { continue }
            sum = (sum ?? 0) + sample.value
        }
        return sum
    }
}
