internal import Accounting
internal import Domain

extension MetricsPage {
    /// What is known of a zone's grid.
    struct Grid {
        let zone: String
        let intensity: GridIntensity
        let tally: GridWatch.Tally
        /// Seconds since its source last answered; `nil` if it never did.
        let age: Int64?
    }

    /// Each zone's intensity with its interval, what its source did, and the energy of our own workers.
    func writeGrids(_ page: inout Exposition) {
        if !grids.isEmpty {
            let name = "switchyard_grid_intensity_grams_per_kwh"
            page.family(name, .gauge, "Grams of CO2e per kWh of a zone's grid, as it is reckoned with now.")
            for grid in grids {
                let bounds = [
                    ("low", grid.intensity.low), ("central", grid.intensity.central), ("high", grid.intensity.high),
                ]
                for (bound, value) in bounds {
                    let labels = [("zone", grid.zone), ("bound", bound), ("basis", grid.intensity.basis.rawValue)]
                    page.sample(name, labels, value)
                }
            }
            page.family("switchyard_grid_source_requests_total", .counter, "Looks at a zone's source.")
            for grid in grids {
                for (outcome, count) in [
                    ("answered", grid.tally.asked - grid.tally.failed), ("failed", grid.tally.failed),
                ] {
                    page.sample(
                        "switchyard_grid_source_requests_total",
                        [("zone", grid.zone), ("outcome", outcome)],
                        count
                    )
                }
            }
            page.family("switchyard_grid_source_age_seconds", .gauge, "Time since a zone's source last answered.")
            for grid in grids {
                guard let age = grid.age else { continue }
                page.sample("switchyard_grid_source_age_seconds", [("zone", grid.zone)], age)
            }
        }
        guard !workers.isEmpty else { return }
        page.family(
            "switchyard_worker_energy_joules_total",
            .counter,
            "Energy of workers with declared watts, by share."
        )
        for worker in workers {
            let shares = [
                ("finished", worker.finished), ("unallocated", worker.unallocated),
                ("under_way", worker.total - worker.finished - worker.unallocated),
            ]
            for (share, joules) in shares {
                page.sample(
                    "switchyard_worker_energy_joules_total",
                    [("model", worker.id.rawValue), ("share", share)],
                    joules
                )
            }
        }
    }
}
