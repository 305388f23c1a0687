internal import Domain
internal import Routing

extension MetricsPage {
    /// The models' circuits, and what their workers say of their load.
    func writeHealth(_ page: inout Exposition) {
        page.family("switchyard_model_circuit", .gauge, "The state of a model's circuit: 1 for the one that it is in.")
        for model in models {
            for state in ["closed", "open", "half_open"] {
                let labels = [("model", model.id.rawValue), ("state", state)]
                page.sample("switchyard_model_circuit", labels, model.circuit.word == state ? 1 : 0)
            }
        }
        page.family("switchyard_model_circuit_openings_total", .counter, "How often a model's circuit has opened.")
        for model in models {
            page.sample("switchyard_model_circuit_openings_total", [("model", model.id.rawValue)], model.openedCount)
        }
        writeHedges(&page)
        writeLoads(&page)
        guard !unreadPages.isEmpty else { return }
        page.family("switchyard_worker_page_failures_total", .counter, "Readings of a worker's page that failed.")
        for (model, kind, count) in unreadPages {
            let labels = [("model", model.rawValue), ("page", kind.rawValue)]
            page.sample("switchyard_worker_page_failures_total", labels, count)
        }
    }

    private func writeHedges(_ page: inout Exposition) {
        page.family(
            "switchyard_hedges_total",
            .counter,
            "Second attempts sent beside late ones, by who answered first."
        )
        for (id, totals) in requests.models.sorted(by: { $0.key < $1.key }) {
            for (won, count) in [("true", totals.hedgesWon), ("false", totals.hedgesLost)] {
                page.sample("switchyard_hedges_total", [("model", id.rawValue), ("won", won)], count)
            }
        }
    }

    private func writeLoads(_ page: inout Exposition) {
        let loads = models.compactMap { model in model.load.map { (model.id.rawValue, $0) } }
        guard !loads.isEmpty else { return }
        page.family("switchyard_worker_requests", .gauge, "Requests at a worker by its own account.")
        for (model, load) in loads {
            for (state, count) in [("running", load.running), ("waiting", load.waiting)] {
                page.sample("switchyard_worker_requests", [("model", model), ("state", state)], count)
            }
        }
        page.family("switchyard_worker_cache_use_ratio", .gauge, "Share of a worker's cache of keys and values in use.")
        for (model, load) in loads {
            if let use = load.cacheUse {
                page.sample("switchyard_worker_cache_use_ratio", [("model", model)], use)
            }
        }
    }
}

extension CircuitBreaker.State {
    /// Its name in metrics and statistics.
    var word: String {
        switch self {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half_open"
        }
    }
}
