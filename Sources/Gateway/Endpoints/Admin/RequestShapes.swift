internal import Domain
internal import HTTP
internal import Ledger

/// What the ledger's rows look like to administration: exact figures in the ledger's own units.
enum RequestShapes {
    private static let count = Shape.integer(0 ... .max)
    private static let name = Shape.nullable(.text(scalarsMax: 4096))

    private static let counter = Shape.Member(
        "usage_source",
        .text(scalarsMax: 512),
        "`provider`, or what the gateway counted by where it did not tell: `tokenizer:NAME`, or an estimator's name.",
        isRequired: true
    )

    private static let members: [Shape.Member] = [
        Shape.Member("id", .requestID, "Its id, time first.", isRequired: true),
        Shape.Member("started_unix_ms", .integer(0 ... .max), "When it began.", isRequired: true),
        Shape.Member("organisation", .text(scalarsMax: 512), "Who pays.", isRequired: true),
        Shape.Member("team", name, "Which team.", isRequired: true),
        Shape.Member("key", name, "By which key.", isRequired: true),
        Shape.Member("endpoint", .text(scalarsMax: 64), "What was asked for.", isRequired: true),
        Shape.Member("strategy", .text(scalarsMax: 64), "How it was routed.", isRequired: true),
        Shape.Member("requested_model", .text(scalarsMax: 1_000_000), "The model asked for.", isRequired: true),
        Shape.Member("model", name, "The model that answered.", isRequired: true),
        Shape.Member("chosen_model", name, "The model that routing chose.", isRequired: true),
        Shape.Member("propensity", .nullable(.number(0...1)), "How likely that choice was.", isRequired: true),
        Shape.Member("plan_group", name, "The planner's group that it is of.", isRequired: true),
        Shape.Member("plan_tier", name, "The tier that its quota gave it.", isRequired: true),
        Shape.Member("provider", name, "The kind of its endpoint.", isRequired: true),
        Shape.Member("simulated", .flag, "Whether the answer is a simulated backend's.", isRequired: true),
        Shape.Member("streamed", .flag, "Whether the answer was streamed.", isRequired: true),
        Shape.Member("outcome", .choice(Outcome.allCases.map(\.rawValue)), "How it ended.", isRequired: true),
        Shape.Member("status", .integer(0...999), "The answer's HTTP status.", isRequired: true),
        Shape.Member("error", name, "The error's type.", isRequired: true),
        Shape.Member("attempts", count, "How many attempts were made.", isRequired: true),
        Shape.Member("input_tokens", count, "Prompt tokens.", isRequired: true),
        Shape.Member("cached_input_tokens", count, "Of them, those read from a cache.", isRequired: true),
        Shape.Member("cache_write_tokens", count, "Of them, those written to a cache.", isRequired: true),
        Shape.Member("output_tokens", count, "Generated tokens.", isRequired: true),
        Shape.Member("reasoning_tokens", count, "Of them, those of reasoning.", isRequired: true),
        Shape.Member("audio_input_tokens", count, "Prompt tokens of sound.", isRequired: true),
        Shape.Member("audio_output_tokens", count, "Generated tokens of sound.", isRequired: true),
        Shape.Member("usage_estimated", .flag, "Whether the gateway counted them.", isRequired: true),
        counter,
        Shape.Member("price_version", .text(scalarsMax: 256), "The price list.", isRequired: true),
        Shape.Member("cost_nanodollars", .integer(.min ... .max), "What all attempts cost.", isRequired: true),
        Shape.Member("energy_joules", .number(0...1e18), "What they took.", isRequired: true),
        Shape.Member("carbon_micrograms", count, "What they emitted.", isRequired: true),
        Shape.Member("duration_us", count, "Microseconds in all.", isRequired: true),
        Shape.Member("time_to_first_token_us", .nullable(count), "Microseconds to the first token.", isRequired: true),
        Shape.Member("upstream_us", count, "Microseconds of the backends.", isRequired: true),
        Shape.Member("overhead_us", .integer(.min ... .max), "Microseconds of the gateway.", isRequired: true),
        Shape.Member("queue_us", count, "Microseconds in the queue.", isRequired: true),
        Shape.Member("tags", .text(scalarsMax: 1_000_000), "Its tags, JSON; empty for none.", isRequired: true),
    ]

    static let request = Shape.record("Request", members)

    private static let attempt = Shape.record(
        "Attempt",
        [
            Shape.Member("model", .name, "The model that was tried.", isRequired: true),
            Shape.Member("outcome", .choice(Outcome.allCases.map(\.rawValue)), "How it ended.", isRequired: true),
            Shape.Member("status", .nullable(.integer(0...999)), "The backend's HTTP status.", isRequired: true),
            Shape.Member("input_tokens", count, "Prompt tokens.", isRequired: true),
            Shape.Member("output_tokens", count, "Generated tokens.", isRequired: true),
            counter,
            Shape.Member("cost_nanodollars", .integer(.min ... .max), "What it cost.", isRequired: true),
            Shape.Member("started_offset_us", count, "Microseconds after the request's start.", isRequired: true),
            Shape.Member("duration_us", count, "Microseconds that it took.", isRequired: true),
            Shape.Member("error", name, "What went wrong.", isRequired: true),
        ]
    )

    private static let feedback = Shape.record(
        "Feedback",
        [
            Shape.Member("score", .nullable(.number(0...1)), "How good the answer was.", isRequired: true),
            Shape.Member("correct", .nullable(.flag), "Whether it was right.", isRequired: true),
            Shape.Member("comment", .text(scalarsMax: 4096), "Anything else.", isRequired: true),
            Shape.Member("received_unix_ms", .integer(0 ... .max), "When it came in.", isRequired: true),
        ]
    )

    static let entry = Shape.record(
        "RequestEntry",
        members + [
            Shape.Member("candidates", .anything, "Each candidate with its figures.", isRequired: true),
            Shape.Member("features", .anything, "What was seen of the prompt.", isRequired: true),
            Shape.Member("attempt_list", .list(attempt, countMax: .max), "Its attempts.", isRequired: true),
            Shape.Member("feedback", .nullable(feedback), "What was said of the answer.", isRequired: true),
        ]
    )
}

extension RequestRow {
    /// Writes the members of an object that tell of it.
    func writeMembers(to object: inout JSONWriter) {
        object.member("id", id.description)
        object.member("started_unix_ms", Int(id.unixMilliseconds))
        object.member("organisation", tenant.rawValue)
        object.member("team", team?.rawValue)
        object.member("key", keyID)
        object.member("endpoint", endpoint)
        object.member("strategy", strategy)
        object.member("requested_model", requestedModel)
        object.member("model", modelUsed?.rawValue)
        object.member("chosen_model", chosenModel?.rawValue)
        object.member("propensity", propensity)
        object.member("plan_group", planGroup)
        object.member("plan_tier", planTier?.rawValue)
        object.member("provider", provider?.rawValue)
        object.member("simulated", isSimulated)
        object.member("streamed", isStreamed)
        object.member("outcome", outcome.rawValue)
        object.member("status", status)
        object.member("error", errorKind)
        object.member("attempts", attemptCount)
        object.member("input_tokens", usage.input)
        object.member("cached_input_tokens", usage.cachedInput)
        object.member("cache_write_tokens", usage.cacheWrite)
        object.member("output_tokens", usage.output)
        object.member("reasoning_tokens", usage.reasoning)
        object.member("audio_input_tokens", usage.audioInput)
        object.member("audio_output_tokens", usage.audioOutput)
        object.member("usage_estimated", usage.isEstimated)
        object.member("usage_source", usage.source.rawValue)
        object.member("price_version", priceVersion)
        object.member("cost_nanodollars", Int(cost.nanodollars))
        object.member("energy_joules", energyJoules)
        object.member("carbon_micrograms", Int(carbon.micrograms))
        object.member("duration_us", Int(durationMicroseconds))
        object.member("time_to_first_token_us", timeToFirstTokenMicroseconds)
        object.member("upstream_us", Int(upstreamMicroseconds))
        object.member("overhead_us", Int(overheadMicroseconds))
        object.member("queue_us", Int(queueMicroseconds))
        object.member("tags", String(decoding: tags, as: UTF8.self))
    }
}

extension LedgerEntry {
    /// Writes the request, its attempts, and what was said of the answer.
    func write(to writer: inout JSONWriter, feedback: Feedback?) {
        writer.object { object in
            request.writeMembers(to: &object)
            object.member("candidates", ledgerJSON: request.candidates)
            object.member("features", ledgerJSON: request.features)
            object.array("attempt_list") { list in for attempt in attempts { attempt.write(to: &list) } }
            object.key("feedback")
            if let feedback { feedback.write(to: &object) } else { object.null() }
        }
    }
}

extension AttemptRow {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("model", model.rawValue)
            object.member("outcome", outcome.rawValue)
            object.member("status", status)
            object.member("input_tokens", usage.input)
            object.member("output_tokens", usage.output)
            object.member("usage_source", usage.source.rawValue)
            object.member("cost_nanodollars", Int(cost.nanodollars))
            object.member("started_offset_us", Int(startedOffsetMicroseconds))
            object.member("duration_us", Int(durationMicroseconds))
            object.member("error", errorText)
        }
    }
}

extension Feedback {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("score", score)
            object.key("correct")
            if let isCorrect { object.value(isCorrect) } else { object.null() }
            object.member("comment", comment)
            object.member("received_unix_ms", Int(atUnixMilliseconds))
        }
    }
}

extension JSONWriter {
    /// Writes a member that a row has as JSON, as it is if it is that; a row of another version may hold anything.
    fileprivate mutating func member(_ key: StaticString, ledgerJSON bytes: [UInt8]) {
        self.key(key)
        let isJSON = (try? JSONDocument(parsing: Array("{\"x\":".utf8) + bytes + Array("}".utf8), depthMax: 32)) != nil
        if isJSON { raw(bytes[...]) } else { null() }
    }
}
