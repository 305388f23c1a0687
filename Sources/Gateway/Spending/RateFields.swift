internal import Budgets
internal import HTTP

extension RateAllowance {
    /// Appends the header lines `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` for the limits that there are.
    func append(to fields: inout [UInt8]) {
        append(requests, named: "requests", to: &fields)
        append(tokens, named: "tokens", to: &fields)
    }

    private func append(_ item: Item?, named name: StaticString, to fields: inout [UInt8]) {
        guard let item else { return }
        func begin(_ what: StaticString) {
            fields.append("x-ratelimit-")
            fields.append(what)
            fields.append("-")
            fields.append(name)
            fields.append(": ")
        }
        begin("limit")
        fields += "\(item.limit)\r\n".utf8
        begin("remaining")
        fields += "\(item.remaining)\r\n".utf8
        begin("reset")
        item.appendReset(to: &fields)
        fields.append("\r\n")
    }
}
