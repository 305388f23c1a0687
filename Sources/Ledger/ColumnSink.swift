internal import Domain

/// Where a row writes its columns, one call per column, in the table's order.
///
/// Two places take rows: a prepared statement and a frame of the spill file. Neither needs an array of values between.
protocol ColumnSink {
    mutating func null()
    mutating func integer(_ value: Int64)
    mutating func real(_ value: Double)
    mutating func text(_ value: String)
    mutating func text(utf8 value: [UInt8])
    mutating func blob(_ value: RequestID)
    mutating func blob(_ value: [UInt8])
}

extension ColumnSink {
    mutating func text(_ value: String?) {
        if let value { text(value) } else { null() }
    }

    mutating func real(_ value: Double?) {
        if let value { real(value) } else { null() }
    }

    mutating func flag(_ value: Bool) { integer(value ? 1 : 0) }

    mutating func flag(_ value: Bool?) {
        if let value { flag(value) } else { null() }
    }

    /// A figure that cannot be negative, held to where 8,000 of the largest still add up within 64 bits.
    mutating func amount(_ value: Int64) { integer(min(max(value, 0), 1 << 50)) }

    mutating func amount(_ value: Int64?) {
        if let value { amount(value) } else { null() }
    }

    mutating func usage(_ usage: TokenUsage) {
        amount(Int64(usage.input))
        amount(Int64(usage.cachedInput))
        amount(Int64(usage.cacheWrite))
        amount(Int64(usage.output))
        amount(Int64(usage.reasoning))
        flag(usage.isEstimated)
    }

    /// The columns of `usage` that came later than the rest.
    mutating func details(of usage: TokenUsage) {
        amount(Int64(usage.audioInput))
        amount(Int64(usage.audioOutput))
        if usage == .zero { null() } else { text(usage.source.rawValue) }
    }
}
