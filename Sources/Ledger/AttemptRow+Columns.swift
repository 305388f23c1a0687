internal import Domain

extension AttemptRow {
    /// The columns after `request_number`, in the order in which ``write(to:number:)`` writes them.
    static let columns = [
        "number", "model", "outcome", "status", "input_tokens", "cached_input_tokens", "cache_write_tokens",
        "output_tokens", "reasoning_tokens", "is_usage_estimated", "cost_nanodollars", "started_offset_microseconds",
        "duration_microseconds", "time_to_first_byte_microseconds", "error_text",
        "energy_joules", "carbon_micrograms",
        "audio_input_tokens", "audio_output_tokens", "usage_source",
    ]

    /// Writes every column of ``columns``; `number` counts the request's attempts from 1.
    func write(to sink: inout some ColumnSink, number: Int) {
        sink.integer(Int64(number))
        sink.text(model.rawValue)
        sink.text(outcome.rawValue)
        if let status { sink.integer(Int64(status)) } else { sink.null() }
        sink.usage(usage)
        sink.integer(cost.nanodollars)
        sink.amount(startedOffsetMicroseconds)
        sink.amount(durationMicroseconds)
        sink.amount(timeToFirstByteMicroseconds)
        sink.text(errorText.map(Self.bounded))
        sink.real(energyJoules)
        sink.amount(carbon.micrograms)
        sink.details(of: usage)
    }

    /// Reads every column of ``columns``.
    init(from columns: inout ColumnReader) {
        _ = columns.integer()  // number: the order of the rows has it
        let model = ModelID(rawValue: columns.text())
        self.init(model: model, outcome: Outcome(rawValue: columns.text()) ?? .invalid)
        status = columns.optionalInteger().map(Int.init)
        usage = columns.usage()
        cost = Money(nanodollars: columns.integer())
        startedOffsetMicroseconds = columns.integer()
        durationMicroseconds = columns.integer()
        timeToFirstByteMicroseconds = columns.optionalInteger()
        errorText = columns.optionalText()
        energyJoules = columns.optionalReal() ?? 0
        carbon = Carbon(micrograms: columns.optionalInteger() ?? 0)
        columns.details(of: &usage)
    }

    /// The longest start of `text` that fits, cut between characters.
    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > errorTextBytesMax else { return text }
        var bytes = 0
        return String(
            text.prefix { character in
                bytes += character.utf8.count
                return bytes <= errorTextBytesMax
            }
        )
    }
}
