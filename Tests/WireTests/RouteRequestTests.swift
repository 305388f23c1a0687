import Domain
import HTTP
import Testing
import Wire

@Suite struct RouteRequestTests {
    private func route(_ options: String) throws(APIError) -> RouteOptions {
        try RouteRequest(bytes(chat(#""route":\#(options)"#)), jsonDepthMax: 32).options
    }

    @Test func readsAllOptions() throws {
        let options = try route(
            #"""
            {"strategy":"balanced","capability":"summarization","max_cost_usd":0.01,"max_latency_ms":1500.5,
             "required_quality":0.8,"max_carbon_g":2,"fallbacks":["a","b"],"dry_run":true,"tags":{"team":"x"},
             "relax":true,"priority":-5}
            """#
        )
        #expect(options.strategy == "balanced")
        #expect(options.capability == .summarization)
        #expect(options.costMax == Money(nanodollars: 10_000_000))
        #expect(options.latencyMax == .microseconds(1_500_500))
        #expect(options.requiredQuality == 0.8)
        #expect(options.carbonGramsMax == 2)
        #expect(options.fallbacks == .models(["a", "b"].map { ModelID($0) }))
        #expect(options.isDryRun && options.relaxes)
        #expect(options.tags == ["team": "x"])
        #expect(options.priority == -5)
    }

    /// What is said of the choice of a model comes out of the ledger as it went in.
    @Test(arguments: [
        "{}", #"{"fallbacks":3,"max_cost_usd":1e-9,"priority":100,"router":"stack","carbon_level":"balanced"}"#,
        #"{"strategy":"balanced","capability":"summarization","max_cost_usd":0.01,"max_latency_ms":1500.5,"relax":true}"#,
        #"{"required_quality":0.1,"max_carbon_g":0.3,"fallbacks":["a \"quoted\" one","b"],"priority":-5}"#,
        #"{"max_cost_usd":123456789.123456789,"max_latency_ms":86400000,"fallbacks":[]}"#,
    ])
    func whatIsWrittenIsReadAgain(text: String) throws {
        let options = try route(text)
        var writer = JSONWriter()
        writer.object { options.write(to: &$0) }
        #expect(try RouteOptions(written: writer.bytes[...]) == options)
    }

    /// Whatever endpoint a body comes to, its `route` is read alike.
    @Test(arguments: [
        (Model.Endpoint.chat, #""messages":[{"role":"user","content":"hi"}]"#), (.completions, #""prompt":"hi""#),
        (.embeddings, #""input":"hi""#),
    ])
    func isReadOfABodyForAnyEndpoint(endpoint: Model.Endpoint, members: String) throws {
        func options(_ route: String) throws(APIError) -> RouteOptions? {
            try RouteOptions(of: request(#"{"model":"m",\#(members)\#(route)}"#, endpoint))
        }
        let wishes = #"{"strategy":"balanced","tags":["a"]}"#
        #expect(try options(#","route":\#(wishes)"#) == route(wishes))
        #expect(try options("") == nil && options(#","route":null"#) == nil)
        let error = try #require(refusal { () throws(APIError) in try options(#","route":{"dry_run":1}"#) })
        #expect((error.status, error.param) == (400, "route.dry_run"))
    }

    @Test func wishesNothingByDefault() throws {
        #expect(try route("{}") == RouteOptions())
        #expect(try route("null") == RouteOptions())
        #expect(try RouteRequest(bytes(chat()), jsonDepthMax: 32).options == RouteOptions())
    }

    @Test func takesACountOfFallbacksAndAListOfTags() throws {
        let options = try route(#"{"fallbacks":0,"tags":["a","b"]}"#)
        #expect(options.fallbacks == .count(0))
        #expect(options.tags == ["a": "", "b": ""])
    }

    @Test(arguments: [
        ("[]", "route"), (#""auto""#, "route"),
        (#"{"strategy":1}"#, "route.strategy"),
        (#"{"capability":"sums"}"#, "route.capability"), (#"{"capability":[]}"#, "route.capability"),
        (#"{"max_cost_usd":"1"}"#, "route.max_cost_usd"), (#"{"max_cost_usd":-1}"#, "route.max_cost_usd"),
        (#"{"max_cost_usd":1e300}"#, "route.max_cost_usd"), (#"{"max_cost_usd":1e999}"#, "route.max_cost_usd"),
        (#"{"max_latency_ms":true}"#, "route.max_latency_ms"), (#"{"max_latency_ms":-1}"#, "route.max_latency_ms"),
        (#"{"max_latency_ms":86400001}"#, "route.max_latency_ms"), (#"{"max_latency_ms":0}"#, "route.max_latency_ms"),
        (#"{"required_quality":1.01}"#, "route.required_quality"),
        (#"{"max_carbon_g":-0.1}"#, "route.max_carbon_g"),
        (#"{"fallbacks":-1}"#, "route.fallbacks"), (#"{"fallbacks":17}"#, "route.fallbacks"),
        (#"{"fallbacks":{}}"#, "route.fallbacks"), (#"{"fallbacks":["a",2]}"#, "route.fallbacks[1]"),
        (#"{"dry_run":1}"#, "route.dry_run"), (#"{"relax":"yes"}"#, "route.relax"),
        (#"{"tags":"a"}"#, "route.tags"), (#"{"tags":{"a":1}}"#, "route.tags.a"), (#"{"tags":[1]}"#, "route.tags"),
        (#"{"tags":["\#(String(repeating: "x", count: 257))"]}"#, "route.tags"),
        (#"{"priority":101}"#, "route.priority"), (#"{"priority":0.5}"#, "route.priority"),
        (#"{"priority":1,"priority":2}"#, "route.priority"),
        (#"{"max_cost":1}"#, "route.max_cost"), (#"{"Strategy":"x"}"#, "route.Strategy"),
    ])
    func namesTheOptionAtFault(options: String, param: String) throws {
        let error = try #require(refusal { () throws(APIError) in try route(options) })
        #expect(error.status == 400)
        #expect(error.param == param)
    }

    @Test func offersTheNearestOption() throws {
        let error = try #require(refusal { () throws(APIError) in try route(#"{"max_cost":1}"#) })
        #expect(error.message == "Unknown option `max_cost`: did you mean `max_cost_usd`?")
        let other = try #require(refusal { () throws(APIError) in try route(#"{"zzzzzzzzzzzz":1}"#) })
        #expect(other.message.contains("known are strategy, capability"))
    }

    @Test func limitsHowManyTagsAndFallbacksThereAre() throws {
        let names = (0...RouteOptions.tagsMax).map { "\"t\($0)\"" }
        #expect(try route(#"{"tags":[\#(names.dropLast().joined(separator: ","))]}"#).tags.count == 32)
        #expect(throws: APIError.self) { try route(#"{"tags":[\#(names.joined(separator: ","))]}"#) }
        let models = (0...RouteOptions.fallbacksMax).map { "\"m\($0)\"" }
        #expect(throws: APIError.self) { try route(#"{"fallbacks":[\#(models.joined(separator: ","))]}"#) }
    }

    @Test func readsTheSimpleFormAsAChat() throws {
        let route = try RouteRequest(bytes(#"{"prompt":"a\"b\u00e9", "max_tokens":5}"#), jsonDepthMax: 32)
        #expect(route.isSimple)
        #expect(route.options.costMax == Money(nanodollars: 1_000_000_000))
        #expect(route.options.latencyMax == .seconds(2))
        #expect(route.options.relaxes)
        #expect(route.inference.endpoint == .chat)
        #expect(route.inference.model == "auto")
        #expect(route.inference.outputTokensMax == 5)
        #expect(
            text(route.inference.upstreamBody(model: "m", requestingUsage: true))
                == #"{"max_tokens":5,"messages":[{"role":"user","content":"a\"b\u00e9"}],"model":"m"}"#
        )
    }

    @Test func takesTheLimitsOfTheSimpleForm() throws {
        let body = #"{"prompt":"x","max_cost":0.25,"max_latency":0.5}"#
        let options = try RouteRequest(bytes(body), jsonDepthMax: 32).options
        #expect(options.costMax == Money(nanodollars: 250_000_000))
        #expect(options.latencyMax == .milliseconds(500))
    }

    @Test(arguments: [
        ("{}", "prompt"), (#"{"prompt":null}"#, "prompt"), (#"{"prompt":""}"#, "prompt"),
        (#"{"prompt":["a"]}"#, "prompt"),
        (#"{"prompt":"x","max_cost":"1"}"#, "max_cost"), (#"{"prompt":"x","max_latency":-1}"#, "max_latency"),
    ])
    func refusesASimpleFormThatIsWrong(body: String, param: String) throws {
        let error = try #require(
            refusal { () throws(APIError) in try RouteRequest(bytes(body), jsonDepthMax: 32) }
        )
        #expect(error.status == 400)
        #expect(error.param == param)
    }

    @Test func tellsTheApisApart() throws {
        func endpoint(_ body: String) throws -> Model.Endpoint {
            try RouteRequest(bytes(body), jsonDepthMax: 32).inference.endpoint
        }
        #expect(try endpoint(#"{"messages":[{}]}"#) == .chat)
        #expect(try endpoint(#"{"input":"x"}"#) == .embeddings)
        #expect(try endpoint(#"{"prompt":"x","route":{}}"#) == .completions)
    }
}
