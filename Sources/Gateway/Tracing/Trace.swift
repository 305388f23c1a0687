internal import Domain
internal import HTTP
internal import Ledger

/// A request that is over, as a trace: a span for itself, and one for each attempt.
///
/// Names and attributes are OpenTelemetry's semantic conventions for HTTP servers (1.23) and for generative AI (1.37);
/// what those have no name for begins with `switchyard.`. Prompts and answers are never in it.
struct Trace: Sendable {
    let context: TraceContext
    let entry: LedgerEntry
    /// The attempts' numbers, in the entry's order.
    let numbers: [Int]

    /// The body of an export: OTLP 1.x over HTTP, in JSON, <https://opentelemetry.io/docs/specs/otlp/#otlphttp>.
    static func export(_ traces: [Trace], version: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { body in
            body.array("resourceSpans") { list in
                list.object { resource in
                    resource.object("resource") { object in
                        object.array("attributes") { list in
                            list.attribute("service.name", "switchyard")
                            list.attribute("service.version", version)
                        }
                    }
                    resource.array("scopeSpans") { list in
                        list.object { scope in
                            scope.object("scope") { $0.member("name", "switchyard") }
                            scope.array("spans") { list in for trace in traces { trace.writeSpans(to: &list) } }
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private func writeSpans(to list: inout JSONWriter) {
        let row = entry.request
        let begin = row.id.unixMilliseconds * 1_000_000
        let root = TraceContext.span(0, of: row.id)
        list.object { span in
            write(root, parent: context.parent, "POST \(route)", kind: 2, to: &span)
            times(begin, row.durationMicroseconds, to: &span)
            span.array("attributes") { writeRequest(to: &$0) }
            status(row.outcome, row.errorKind, to: &span)
        }
        for (number, attempt) in zip(numbers, entry.attempts) {
            list.object { span in
                let name = "\(operation) \(attempt.model)"
                write(TraceContext.span(number, of: row.id), parent: root, name, kind: 3, to: &span)
                times(begin + attempt.startedOffsetMicroseconds * 1000, attempt.durationMicroseconds, to: &span)
                span.array("attributes") { write(attempt, to: &$0) }
                status(attempt.outcome, attempt.errorText, to: &span)
            }
        }
    }

    private func write(_ span: UInt64, parent: UInt64?, _ name: String, kind: Int, to object: inout JSONWriter) {
        let trace = TraceContext.digits(context.trace.high) + TraceContext.digits(context.trace.low)
        object.member("traceId", String(decoding: trace, as: UTF8.self))
        object.member("spanId", String(decoding: TraceContext.digits(span), as: UTF8.self))
        if let parent {
            object.member("parentSpanId", String(decoding: TraceContext.digits(parent), as: UTF8.self))
        }
        object.member("name", name)
        object.member("kind", kind)
    }

    /// Nanoseconds since 1970, as texts: they are 64 bits wide, which a number of JSON is not.
    private func times(_ begin: Int64, _ durationMicroseconds: Int64, to object: inout JSONWriter) {
        object.member("startTimeUnixNano", "\(begin)")
        object.member("endTimeUnixNano", "\(begin + max(durationMicroseconds, 0) * 1000)")
    }

    /// 1 is ok, 2 an error.
    private func status(_ outcome: Outcome, _ text: String?, to object: inout JSONWriter) {
        object.object("status") { status in
            status.member("code", outcome.isAnswer ? 1 : 2)
            if !outcome.isAnswer { status.member("message", text ?? outcome.rawValue) }
        }
    }

    private func writeRequest(to list: inout JSONWriter) {
        let row = entry.request
        list.attribute("http.request.method", "POST")
        list.attribute("http.route", route)
        list.attribute("http.response.status_code", row.status)
        list.attribute("gen_ai.operation.name", operation)
        list.attribute("gen_ai.request.model", row.requestedModel)
        if let model = row.modelUsed { list.attribute("gen_ai.response.model", model.rawValue) }
        list.attribute("gen_ai.usage.input_tokens", row.usage.input)
        list.attribute("gen_ai.usage.output_tokens", row.usage.output)
        if !row.outcome.isAnswer { list.attribute("error.type", row.errorKind ?? row.outcome.rawValue) }
        list.attribute("switchyard.request.id", row.id.description)
        list.attribute("switchyard.outcome", row.outcome.rawValue)
        list.attribute("switchyard.organisation", row.tenant.rawValue)
        if let key = row.keyID { list.attribute("switchyard.key", key) }
        if !row.strategy.isEmpty { list.attribute("switchyard.strategy", row.strategy) }
        if let tier = row.planTier { list.attribute("switchyard.plan.tier", tier.rawValue) }
        list.attribute("switchyard.simulated", row.isSimulated)
        list.attribute("switchyard.cost_usd", row.cost.dollars)
        list.attribute("switchyard.carbon_g", row.carbon.grams)
        list.attribute("switchyard.queue_seconds", Double(row.queueMicroseconds) / 1e6)
    }

    private func write(_ attempt: AttemptRow, to list: inout JSONWriter) {
        list.attribute("gen_ai.operation.name", operation)
        list.attribute("gen_ai.request.model", attempt.model.rawValue)
        if let provider = entry.request.provider, attempt.model == entry.request.modelUsed {
            list.attribute("gen_ai.provider.name", provider.conventionalName)
        }
        list.attribute("gen_ai.usage.input_tokens", attempt.usage.input)
        list.attribute("gen_ai.usage.output_tokens", attempt.usage.output)
        if let status = attempt.status { list.attribute("http.response.status_code", status) }
        if !attempt.outcome.isAnswer { list.attribute("error.type", attempt.outcome.rawValue) }
        list.attribute("switchyard.outcome", attempt.outcome.rawValue)
        list.attribute("switchyard.cost_usd", attempt.cost.dollars)
    }

    /// What was called.
    private var route: String {
        switch entry.request.endpoint {
        case "chat": "/v1/chat/completions"
        case "completions": "/v1/completions"
        default: "/v1/\(entry.request.endpoint)"
        }
    }

    private var operation: String {
        switch entry.request.endpoint {
        case "completions": "text_completion"
        case "embeddings": "embeddings"
        default: "chat"
        }
    }
}

extension Model.Provider {
    /// The value of `gen_ai.provider.name`; the conventions leave other names to us.
    fileprivate var conventionalName: String {
        switch self {
        case .azure: "azure.ai.openai"
        case .openAI, .openAICompatible, .simulated: rawValue
        }
    }
}

extension JSONWriter {
    fileprivate mutating func attribute(_ name: String, _ value: String) {
        attribute(name) { $0.member("stringValue", value) }
    }

    fileprivate mutating func attribute(_ name: String, _ value: Int) {
        attribute(name) { $0.member("intValue", "\(value)") }
    }

    fileprivate mutating func attribute(_ name: String, _ value: Double) {
        attribute(name) { $0.member("doubleValue", value) }
    }

    fileprivate mutating func attribute(_ name: String, _ value: Bool) {
        attribute(name) { $0.member("boolValue", value) }
    }

    private mutating func attribute(_ name: String, _ write: (inout JSONWriter) -> Void) {
        object { attribute in
            attribute.member("key", name)
            attribute.object("value") { write(&$0) }
        }
    }
}
