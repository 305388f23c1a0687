internal import Domain
internal import HTTP
internal import Ledger
internal import Tenancy
internal import Wire

/// A request of the ledger, as far as it takes to choose its model again: everything but its text.
struct PastRequest: Sendable {
    /// What a router that had learned said of the prompt then.
    struct Opinion: Hashable, Sendable {
        var router: String
        /// 0 to 1.
        var confidence: Double
        var isOutOfDomain: Bool
        /// How many times as long as usual its answer was foreseen to be; `nil` where it does not tell.
        var lengthRatio: Double?
        /// The quality that was expected of each model.
        var qualities: [ModelID: Double]
    }

    let row: RequestRow
    let asked: AskedRequest
    let options: RouteOptions?
    /// How hard the prompt looked, 0 to 1; `nil` for one whose model was named.
    let complexity: Double?
    let opinion: Opinion?
    /// Whether a router that chooses by itself was asked.
    let hasChooser: Bool
    let placement: QuotaControl.Placement?

    /// Reads a row; `nil` for one that does not say what was asked, as those of versions before this one.
    init?(_ row: RequestRow) {
        guard let endpoint = Model.Endpoint(rawValue: row.endpoint) else { return nil }
        self.row = row
        guard !row.strategy.isEmpty else {
            // Who names a model asks for no more than that.
            asked = AskedRequest(endpoint: endpoint, inputTokens: row.usage.input)
            (options, complexity, opinion, hasChooser, placement) = (nil, nil, nil, false, nil)
            return
        }
        guard let document = try? JSONDocument(parsing: row.features, depthMax: 8), let note = document["asked"],
            let asked = AskedRequest(note, in: document, endpoint: endpoint)
        else { return nil }
        self.asked = asked
        let route = try? document.member("route", of: note)
        options = route.flatMap { try? RouteOptions(written: document.rawBytes(of: $0)) }
        guard (route == nil) == (options == nil) else { return nil }
        complexity = document["complexity"].flatMap { document.double(of: $0) }
        opinion = Opinion(document, row.candidates)
        hasChooser = document["chooser"] != nil
        placement = document["quota"].flatMap { QuotaControl.Placement($0, in: document) }
    }

    /// One number from 0 up to but not including 1, the same each time: configurations are compared by equal chance.
    var draw: Double {
        var generator = SeededGenerator(seed: row.id.low)
        return .random(in: 0..<1, using: &generator)
    }
}

extension AskedRequest {
    /// A plain request of so many tokens.
    init(endpoint: Model.Endpoint, inputTokens: Int) { (self.endpoint, self.inputTokens) = (endpoint, inputTokens) }
}

extension PastRequest.Opinion {
    fileprivate init?(_ document: JSONDocument, _ candidates: [UInt8]) {
        guard let router = document["router"].flatMap({ try? document.string(of: $0) }) else { return nil }
        self.router = router
        confidence = document["router_confidence"].flatMap { document.double(of: $0) } ?? 0
        isOutOfDomain = document["out_of_domain"].flatMap { document.bool(of: $0) } ?? true
        lengthRatio = document["length_ratio"].flatMap { document.double(of: $0) }
        qualities = [:]
        // A document is an object, and candidates are a list.
        let wrapped = Array(#"{"list":"#.utf8) + candidates + Array("}".utf8)
        guard let list = try? JSONDocument(parsing: wrapped, depthMax: 8), let all = list["list"] else { return }
        for candidate in list.elements(of: all) {
            guard let model = try? list.member("model", of: candidate), let name = try? list.string(of: model),
                let quality = (try? list.member("quality", of: candidate)).flatMap({ list.double(of: $0) })
            else { continue }
            qualities[ModelID(name)] = quality
        }
    }
}

extension QuotaControl.Placement {
    /// Reads what ``write(to:)`` has written; the grid's intensity is not part of it.
    init?(_ value: JSONValue, in document: JSONDocument) {
        func text(_ key: StaticString) -> String? {
            (try? document.member(key, of: value)).flatMap { try? document.string(of: $0) }
        }
        func number(_ key: StaticString) -> Double? {
            (try? document.member(key, of: value)).flatMap { document.double(of: $0) }
        }
        guard let group = text("group"), let tier = text("tier").map(Tier.init(rawValue:)),
            let shares = try? document.member("shares", of: value)
        else { return nil }
        let members = document.members(of: shares).compactMap { member -> (Tier, Double)? in
            guard let name = try? document.string(of: member.key), let share = document.double(of: member.value)
            else { return nil }
            return (Tier(rawValue: name), share)
        }
        guard let rung = members.firstIndex(where: { $0.0 == tier }) else { return nil }
        self.init(
            group: group,
            plan: Int64(number("plan") ?? 0),
            gain: number("gain") ?? 0,
            shares: members.map(\.1),
            price: number("quality_price") ?? 0,
            intensity: 0,
            tiers: members.map(\.0),
            rung: rung
        )
    }
}
