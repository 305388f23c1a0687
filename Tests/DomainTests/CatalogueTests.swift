import Domain
import Testing

@Suite struct CatalogueTests {
    private let catalogue = Catalogue(
        models: [model("small", aliases: ["fast", "shared"]), model("large", aliases: ["best", "shared", "small"])],
        priceVersion: "v1"
    )

    @Test(arguments: [("small", "small"), ("fast", "small"), ("large", "large"), ("best", "large")])
    func findsAModelByItsIDAndItsAliases(name: String, id: String) {
        #expect(catalogue[name]?.id.rawValue == id)
        #expect(catalogue[ModelID(name)]?.id.rawValue == id)
    }

    @Test func whereTwoShareANameTheFirstOneKeepsIt() {
        #expect(catalogue["shared"]?.id == ModelID("small"))
        #expect(catalogue["small"]?.id == ModelID("small"))
    }

    @Test(arguments: ["", "Small", "small ", "nothing"])
    func findsNothingByAnyOtherName(name: String) {
        #expect(catalogue[name] == nil)
        #expect(catalogue.index(of: name) == nil)
    }

    @Test func indicesAreThoseOfTheFile() {
        #expect(catalogue.index(of: "small") == 0)
        #expect(catalogue.index(of: "best") == 1)
    }

    private static func model(_ id: String, aliases: [String]) -> Model {
        Model(
            id: ModelID(id),
            displayName: id,
            provider: .openAICompatible,
            baseURL: "http://127.0.0.1:1/v1",
            upstreamName: id,
            keyVariable: nil,
            aliases: aliases,
            endpoints: [.chat],
            features: [],
            capabilities: [.general],
            tier: .light,
            quality: 0.5,
            prices: .free,
            contextWindow: 1000,
            outputTokensMax: nil,
            latencyPrior: .seconds(1),
            concurrencyMax: 1,
            energy: EnergyProfile(
                joulesPerInputToken: 0,
                joulesPerOutputToken: 0,
                powerUsageEffectiveness: 1,
                gramsPerKilowattHour: 0
            )
        )
    }
}
