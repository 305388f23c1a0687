internal import Domain
internal import HTTP
internal import Ledger
internal import Wire

/// Prices: those in force, and those that the ledger's rows were charged by.
enum PriceEndpoints {
    static let prices: [Shape.Member] =
        ["input", "cached_input", "cache_write", "output", "audio_input", "audio_output"].map {
            Shape.Member($0, .number(0...1e12), "USD per million of these tokens.", isRequired: true)
        }
    private static let version = Shape.Member(
        "version",
        .text(scalarsMax: 256),
        "As the ledger's rows have it.",
        isRequired: true
    )
    private static let data = Shape.Member(
        "data",
        .list(
            .record("ModelPriceEntry", [Shape.Member("model", .name, "The model.", isRequired: true)] + prices),
            countMax: .max
        ),
        "A line for each model.",
        isRequired: true
    )
    private static let used = Shape.record(
        "UsedPriceList",
        [
            version,
            Shape.Member("first_used_unix_ms", .unixMilliseconds, "When it first was in force.", isRequired: true),
            data,
        ]
    )

    static let all: [Endpoint] = [
        Endpoint(
            method: .get,
            path: "/admin/v1/prices",
            summary: "Tells the price list in force.",
            answer: .record("PriceList", [version, data]),
            respond: show
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/prices/versions",
            summary: "Lists the price lists that ever were in force, latest first.",
            query: Shape.Member.ofPage,
            answer: .page("UsedPriceList", of: used),
            respond: list
        ),
        Endpoint(
            method: .get,
            path: "/admin/v1/prices/versions/{version}",
            summary: "Tells what a price list charged that rows of the ledger name.",
            answer: used,
            respond: showVersion
        ),
    ]

    private static func show(_ call: Call) async throws(APIError) -> Reply {
        .json { writer in
            writer.object { object in
                object.member("version", call.policy.catalogue.priceVersion)
                object.key("data")
                object.raw(call.policy.catalogue.pricesJSON[...])
            }
        }
    }

    private static func list(_ call: Call) async throws(APIError) -> Reply {
        let (limit, before) = call.page
        let lists = try await call.stored { control throws(ControlError) in
            try await control.priceLists(limit: limit, before: before)
        }
        let next = lists.count == limit ? lists.last.map { String($0.number) } : nil
        return .page(lists, next: next) { $0.write(to: &$1) }
    }

    private static func showVersion(_ call: Call) async throws(APIError) -> Reply {
        let found = try await call.stored { control throws(ControlError) in try await control.priceList(call.name) }
        guard let found else { throw .missing("price list", call.name) }
        return .json { found.write(to: &$0) }
    }
}

extension Catalogue {
    /// What each model charges, as a JSON array.
    var pricesJSON: [UInt8] {
        var writer = JSONWriter()
        writer.array { list in
            for model in models {
                list.object { line in
                    line.member("model", model.id.rawValue)
                    model.prices.writeMembers(to: &line)
                }
            }
        }
        return writer.bytes
    }
}

extension UsedPriceList {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("version", version)
            object.member("first_used_unix_ms", firstUsedUnixMilliseconds)
            object.key("data")
            object.raw(Array(prices.utf8)[...])
        }
    }
}

extension TokenPrices {
    /// Writes the prices in dollars per million tokens: picodollars a token are a millionth of that.
    func writeMembers(to object: inout JSONWriter) {
        object.member("input", Double(input) / 1e6)
        object.member("cached_input", Double(cachedInput) / 1e6)
        object.member("cache_write", Double(cacheWrite) / 1e6)
        object.member("output", Double(output) / 1e6)
        object.member("audio_input", Double(audioInput) / 1e6)
        object.member("audio_output", Double(audioOutput) / 1e6)
    }
}
