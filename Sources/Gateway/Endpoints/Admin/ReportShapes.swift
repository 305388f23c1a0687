internal import Domain
internal import HTTP
internal import Ledger

/// What sums of requests look like to administration.
enum ReportShapes {
    private static let count = Shape.integer(0 ... .max)
    private static let amount = Shape.number(-1e18...1e18)

    private static let line = Shape.record(
        "ReportLine",
        [
            Shape.Member(
                "group",
                .map(.text(scalarsMax: .max), countMax: .max),
                "What the requests share.",
                isRequired: true
            ),
            Shape.Member("requests", count, "All requests.", isRequired: true),
            Shape.Member("successes", count, "Those whose client got its whole answer.", isRequired: true),
            Shape.Member("cache_hits", count, "Answers out of the gateway's cache.", isRequired: true),
            Shape.Member("simulated", count, "Answers of simulated backends.", isRequired: true),
            Shape.Member("input_tokens", count, "Prompt tokens.", isRequired: true),
            Shape.Member("output_tokens", count, "Generated tokens.", isRequired: true),
            Shape.Member("cost_nanodollars", .integer(.min ... .max), "What all attempts cost.", isRequired: true),
            Shape.Member("energy_joules", amount, "The central estimate.", isRequired: true),
            Shape.Member("energy_low_joules", amount, "The lower one.", isRequired: true),
            Shape.Member("energy_high_joules", amount, "The upper one.", isRequired: true),
            Shape.Member("carbon_micrograms", count, "The central estimate.", isRequired: true),
            Shape.Member("carbon_low_micrograms", count, "The lower one.", isRequired: true),
            Shape.Member("carbon_high_micrograms", count, "The upper one.", isRequired: true),
            Shape.Member("saved_nanodollars", .integer(.min ... .max), "Against always the best.", isRequired: true),
            Shape.Member("saved_micrograms", .integer(.min ... .max), "Carbon, likewise.", isRequired: true),
            Shape.Member(
                "quality_retained",
                .nullable(amount),
                "Share of answers as good as the best model's.",
                isRequired: true
            ),
            Shape.Member("within_limits", .nullable(amount), "Share that kept their own limits.", isRequired: true),
            Shape.Member("duration_mean_us", .nullable(amount), "Mean time of a success.", isRequired: true),
            Shape.Member("duration_p50_us", .nullable(count), "The median.", isRequired: true),
            Shape.Member("duration_p95_us", .nullable(count), "The 95th percentile.", isRequired: true),
            Shape.Member("duration_p99_us", .nullable(count), "The 99th percentile.", isRequired: true),
        ]
    )

    static let report = Shape.record(
        "Report",
        [Shape.Member("data", .list(line, countMax: .max), "A line for each group.", isRequired: true)]
    )
}

extension ReportRow {
    /// Writes the row as an object; it was grouped by `groupings`.
    func write(to writer: inout JSONWriter, groupings: [Grouping]) {
        writer.object { object in
            object.object("group") { names in
                for (grouping, name) in zip(groupings, group) {
                    names.key(named: grouping.rawValue)
                    names.value(name)
                }
            }
            object.member("requests", requests)
            object.member("successes", successes)
            object.member("cache_hits", cacheHits)
            object.member("simulated", simulated)
            object.member("input_tokens", usage.input)
            object.member("output_tokens", usage.output)
            object.member("cost_nanodollars", Int(cost.nanodollars))
            object.member("energy_joules", energyJoules.central)
            object.member("energy_low_joules", energyJoules.low)
            object.member("energy_high_joules", energyJoules.high)
            object.member("carbon_micrograms", Int(carbon.central.micrograms))
            object.member("carbon_low_micrograms", Int(carbon.low.micrograms))
            object.member("carbon_high_micrograms", Int(carbon.high.micrograms))
            object.member("saved_nanodollars", Int(againstBest.savedCost.nanodollars))
            object.member("saved_micrograms", Int(againstBest.savedCarbon.micrograms))
            object.member("quality_retained", retained.value)
            object.member("within_limits", ownLimits.value)
            object.member("duration_mean_us", duration.mean)
            object.member("duration_p50_us", duration.p50)
            object.member("duration_p95_us", duration.p95)
            object.member("duration_p99_us", duration.p99)
        }
    }
}
