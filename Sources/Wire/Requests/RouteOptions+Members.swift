internal import Domain
public import HTTP

extension RouteOptions {
    private static let keys = [
        "strategy", "capability", "max_cost_usd", "max_latency_ms", "required_quality", "max_carbon_g", "fallbacks",
        "dry_run", "tags", "relax", "priority", "carbon_level",
        "router",
    ]

    /// Reads the member `route` of a request to any endpoint; `nil` where it has none.
    ///
    /// - Throws: ``APIError`` 400, which names the member at fault, such as `route.max_cost_usd`.
    public init?(of request: InferenceRequest) throws(APIError) {
        try self.init(of: RequestMembers(of: request.document))
    }

    /// Reads the member `route` of a body with these members; `nil` where it has none.
    init?(of body: RequestMembers) throws(APIError) {
        guard let members = try body.object("route") else { return nil }
        try self.init(members)
    }

    /// Reads the member `route`; these options are the gateway's own, so one that it does not know is a mistake.
    init(_ members: RequestMembers) throws(APIError) {
        for key in try members.keys() where !Self.keys.contains(key) {
            throw .unknownName(key, noun: "option", param: members.name(of: key), known: Self.keys)
        }
        strategy = try members.string("strategy")
        router = try members.string("router")
        carbonLevel = try Self.carbonLevel(members)
        capability = try Self.capability(members)
        costMax = try members.cost("max_cost_usd")
        latencyMax = try members.number("max_latency_ms", in: 1...86_400_000).map(Duration.milliseconds)
        requiredQuality = try members.number("required_quality", in: 0...1)
        carbonGramsMax = try members.number("max_carbon_g", in: 0...1e12)
        fallbacks = try Self.fallbacks(members)
        isDryRun = try members.bool("dry_run") ?? false
        tags = try Self.tags(members)
        relaxes = try members.bool("relax") ?? false
        priority = try members.int("priority", in: -100...100) ?? 0
    }

    private static func carbonLevel(_ members: RequestMembers) throws(APIError) -> CarbonLevel? {
        guard let name = try members.string("carbon_level") else { return nil }
        if let level = CarbonLevel(rawValue: name) { return level }
        let known = CarbonLevel.allCases.map(\.rawValue)
        throw .unknownName(name, noun: "carbon level", param: members.name(of: "carbon_level"), known: known)
    }

    private static func capability(_ members: RequestMembers) throws(APIError) -> Capability? {
        guard let name = try members.string("capability") else { return nil }
        guard let capability = Capability(rawValue: name) else {
            throw .unknownName(
                name,
                noun: "capability",
                param: members.name(of: "capability"),
                known: Capability.allCases.map(\.rawValue)
            )
        }
        return capability
    }

    private static func fallbacks(_ members: RequestMembers) throws(APIError) -> Fallbacks? {
        guard let value = try members.value("fallbacks") else { return nil }
        guard value.kind == .array else {
            return try members.int("fallbacks", in: 0...fallbacksMax).map(Fallbacks.count)
        }
        var models: [ModelID] = []
        for element in members.document.elements(of: value) {
            let param = "\(members.name(of: "fallbacks"))[\(models.count)]"
            models.append(ModelID(try members.document.text(of: element, param: param)))
            guard models.count <= fallbacksMax else {
                throw members.wrongType("fallbacks", expected: "a list of at most \(fallbacksMax) models")
            }
        }
        return .models(models)
    }

    private static func tags(_ members: RequestMembers) throws(APIError) -> [String: String] {
        guard let value = try members.value("tags") else { return [:] }
        let document = members.document
        let param = members.name(of: "tags")
        var tags: [String: String] = [:]
        for element in document.elements(of: value) { tags[try document.text(of: element, param: param)] = "" }
        for member in document.members(of: value) {
            let name = try document.text(of: member.key, param: param)
            tags[name] = try document.text(of: member.value, param: "\(param).\(name.prefix(64))")
        }
        let isShort = tags.allSatisfy { $0.key.utf8.count <= tagBytesMax && $0.value.utf8.count <= tagBytesMax }
        guard value.kind == .array || value.kind == .object, tags.count <= tagsMax, isShort else {
            throw members.wrongType(
                "tags",
                expected: "an object or a list of at most \(tagsMax) strings of at most \(tagBytesMax) bytes"
            )
        }
        return tags
    }
}

extension RequestMembers {
    /// An amount of US dollars.
    func cost(_ key: StaticString) throws(APIError) -> Money? {
        try number(key, in: 0...1e9).flatMap(Money.init(dollars:))
    }
}

extension RouteOptions {
    /// Reads the object that ``write(to:)`` has written.
    ///
    /// - Throws: ``APIError`` 400 with what is wrong.
    public init(written object: ArraySlice<UInt8>) throws(APIError) {
        try self.init(RequestMembers(of: JSONDocument(ofRequest: Array(object), depthMax: 4)))
    }

    /// Writes the members that say something about the choice of a model into an object; tags and `dry_run` do not.
    public func write(to writer: inout JSONWriter) {
        if let strategy { writer.member("strategy", strategy) }
        if let router { writer.member("router", router) }
        if let carbonLevel { writer.member("carbon_level", carbonLevel.rawValue) }
        if let capability { writer.member("capability", capability.rawValue) }
        if let costMax { writer.member("max_cost_usd", costMax.dollars) }
        if let latencyMax { writer.member("max_latency_ms", latencyMax / .milliseconds(1)) }
        if let requiredQuality { writer.member("required_quality", requiredQuality) }
        if let carbonGramsMax { writer.member("max_carbon_g", carbonGramsMax) }
        switch fallbacks {
        case .count(let count): writer.member("fallbacks", count)
        case .models(let models):
            writer.array("fallbacks") { list in for model in models { list.value(model.rawValue) } }
        case nil: break
        }
        if relaxes { writer.member("relax", true) }
        if priority != 0 { writer.member("priority", priority) }
    }
}
