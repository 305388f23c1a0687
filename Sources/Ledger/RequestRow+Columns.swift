internal import Domain

extension RequestRow {
    /// The columns after `number`, in the order in which ``write(to:)`` writes and ``init(from:)`` reads them.
    ///
    /// New columns go to the end, because a spill file may hold rows of the version before.
    static let columns = [
        "id", "started_unix_ms", "tenant", "key_id", "endpoint", "strategy", "requested_model", "capability",
        "chosen_model", "propensity", "model_used", "provider", "is_simulated", "is_streamed", "outcome", "status",
        "error_kind", "attempt_count", "input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens",
        "reasoning_tokens", "is_usage_estimated", "price_version", "cost_nanodollars", "energy_joules",
        "carbon_micrograms", "duration_microseconds", "time_to_first_token_microseconds", "upstream_microseconds",
        "overhead_microseconds", "queue_microseconds", "tags", "features", "candidates",
        "quality", "baseline_model", "baseline_quality", "baseline_cost_nanodollars", "is_within_limits",
        "energy_low_joules", "energy_high_joules", "carbon_low_micrograms", "carbon_high_micrograms", "provenance",
        "router_micrograms", "loading_micrograms", "prompt_micrograms", "generation_micrograms",
        "embodied_micrograms", "zone", "grams_per_kwh", "baseline_carbon_micrograms", "alternatives",
        "team",
        "audio_input_tokens", "audio_output_tokens", "usage_source", "plan_group", "plan_tier",
    ]

    /// Writes every column of ``columns``.
    func write(to sink: inout some ColumnSink) {
        sink.blob(id)
        sink.integer(id.unixMilliseconds)
        sink.text(tenant.rawValue)
        sink.text(keyID)
        sink.text(endpoint)
        sink.text(strategy)
        sink.text(requestedModel)
        sink.text(capability?.rawValue)
        sink.text(chosenModel?.rawValue)
        sink.real(propensity)
        sink.text(modelUsed?.rawValue)
        sink.text(provider?.rawValue)
        sink.flag(isSimulated)
        sink.flag(isStreamed)
        sink.text(outcome.rawValue)
        sink.integer(Int64(status))
        sink.text(errorKind)
        sink.integer(Int64(attemptCount))
        sink.usage(usage)
        sink.text(priceVersion)
        sink.integer(cost.nanodollars)
        sink.real(energyJoules)
        sink.amount(carbon.micrograms)
        sink.amount(durationMicroseconds)
        sink.amount(timeToFirstTokenMicroseconds)
        sink.amount(upstreamMicroseconds)
        sink.amount(overheadMicroseconds)
        sink.amount(queueMicroseconds)
        sink.text(utf8: tags)
        sink.text(utf8: features)
        sink.text(utf8: candidates)
        sink.real(quality)
        sink.text(baseline?.model.rawValue)
        sink.real(baseline?.quality)
        if let cost = baseline?.cost { sink.integer(cost.nanodollars) } else { sink.null() }
        sink.flag(isWithinLimits)
        sink.footprint(footprint)
        sink.amount(baseline?.carbon?.micrograms)
        if alternatives.isEmpty { sink.null() } else { sink.text(utf8: alternatives) }
        sink.text(team?.rawValue)
        sink.details(of: usage)
        sink.text(planGroup)
        sink.text(planTier?.rawValue)
    }

    /// Reads every column of ``columns``.
    ///
    /// A word that this version does not know (a capability, a provider) reads as none, an outcome as ``Outcome/invalid``.
    init(from columns: inout ColumnReader) {
        let id = columns.requestID()
        _ = columns.integer()  // started_unix_ms: the id has it
        let tenant = TenantID(rawValue: columns.text())
        let keyID = columns.optionalText()
        self.init(id: id, tenant: tenant, endpoint: columns.text())
        self.keyID = keyID
        strategy = columns.text()
        requestedModel = columns.text()
        capability = columns.optionalText().flatMap(Capability.init)
        chosenModel = columns.optionalText().map(ModelID.init(rawValue:))
        propensity = columns.optionalReal()
        modelUsed = columns.optionalText().map(ModelID.init(rawValue:))
        provider = columns.optionalText().flatMap(Model.Provider.init)
        isSimulated = columns.flag()
        isStreamed = columns.flag()
        outcome = Outcome(rawValue: columns.text()) ?? .invalid
        status = Int(columns.integer())
        errorKind = columns.optionalText()
        attemptCount = Int(columns.integer())
        usage = columns.usage()
        priceVersion = columns.text()
        cost = Money(nanodollars: columns.integer())
        energyJoules = columns.optionalReal() ?? 0
        carbon = Carbon(micrograms: columns.integer())
        durationMicroseconds = columns.integer()
        timeToFirstTokenMicroseconds = columns.optionalInteger()
        upstreamMicroseconds = columns.integer()
        overheadMicroseconds = columns.integer()
        queueMicroseconds = columns.integer()
        tags = columns.bytes()
        features = columns.bytes()
        candidates = columns.bytes()
        quality = columns.optionalReal()
        let baselineModel = columns.optionalText()
        let baselineQuality = columns.optionalReal()
        let baselineCost = columns.optionalInteger().map { Money(nanodollars: $0) }
        if let baselineModel, let baselineQuality {
            baseline = Baseline(model: ModelID(baselineModel), quality: baselineQuality, cost: baselineCost)
        }
        isWithinLimits = columns.optionalInteger().map { $0 != 0 }
        footprint = columns.footprint()
        let baselineCarbon = columns.optionalCarbon()
        baseline?.carbon = baselineCarbon
        alternatives = columns.bytes()
        team = columns.optionalText().map(TeamID.init(rawValue:))
        columns.details(of: &usage)
        planGroup = columns.optionalText()
        planTier = columns.optionalText().map(Tier.init(rawValue:))
    }
}
