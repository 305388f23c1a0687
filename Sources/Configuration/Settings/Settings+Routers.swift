public import Domain

extension Settings {
    /// A router that tells what quality to expect of each model for a prompt.
    public struct LearnedRouter: Hashable, Sendable {
        /// How it comes to its figures.
        public enum Kind: String, CaseIterable, Hashable, Sendable {
            /// The text's features against the models' qualities; nothing was learned.
            case lexical
            /// Chance, to compare with.
            case random
            /// Several learners, weighed by a last one.
            case stack
            /// What became of the prompts most like it.
            case neighbours
            /// The mean of those two.
            case ensemble
            /// A network on the encoder's vectors, of `switchyard train bert`, `moe` or `rl`.
            case head
            /// A model that was trained elsewhere to tell classes of prompts, each of which stands for a tier.
            case classifier
            /// A policy of `switchyard train ppo` or `dqn`, which chooses models by itself.
            case policy
            /// A bandit that learns from feedback while it serves, and chooses models while that is better than the strategy.
            case bandit

            /// Whether it was learned, so that there is a folder of it.
            public var hasFolder: Bool { self != .lexical && self != .random && self != .bandit }
            /// Whether it chooses models by itself; others say what quality to expect of them.
            public var choosesModels: Bool { self == .policy || self == .bandit }
        }

        /// The name by which requests and ``Routing/router`` choose it.
        public internal(set) var id = ""
        /// How it comes to its figures.
        public internal(set) var kind = Kind.stack
        /// The folder that `switchyard train` or `switchyard evaluate fit` wrote, or the file of a policy; `nil` where nothing was
        /// learned.
        public internal(set) var path: String?
        /// The tier that each label of a classifier stands for; `nil` for other kinds.
        public internal(set) var labels: [String: Tier]?
        /// Of a bandit, the share of requests whose model is drawn; `nil` for the usual one, and for other kinds.
        public internal(set) var exploration: Double?
        /// Likewise, how much it tries what it knows little of.
        public internal(set) var confidenceWidth: Double?
        /// Likewise, what a dollar takes away from a score.
        public internal(set) var qualityPerDollar: Double?
        /// Likewise, the latest judged requests by which it is compared with the strategy.
        public internal(set) var guardRows: Int?
        /// Whether the gateway does without it where its folder is not there.
        public internal(set) var isOptional = false

        /// Whether it is to be used: unless it may be missing, and is.
        public var isThere: Bool { !isOptional || path.map(DataFile.exists) ?? true }

        /// The weights that come with the product, for a gateway that is started from its checkout.
        static let shipped = {
            var router = Self()
            router.id = "stack"
            router.path = "Config/routers/stack"
            router.isOptional = true
            return router
        }()
    }

    /// What turns prompts into vectors for routers that have learned.
    public struct Encoder: Hashable, Sendable {
        /// The folder of a BERT-like model as Hugging Face has it; `nil` runs none.
        public internal(set) var path: String? = ".switchyard/encoders/all-minilm-l6-v2"
        /// Whether the gateway does without it where its folder is not there.
        public internal(set) var isOptional = true
        /// Threads that encode.
        public internal(set) var workers = 1
        /// Prompts that wait for one; more are scored without vectors.
        public internal(set) var queueMax = 64
        /// Milliseconds that a request waits for its vectors, and then for an estimate without; then it is not scored.
        public internal(set) var waitMillisecondsMax = 50.0
        /// Word pieces of a prompt that are read: of longer ones the beginning and the end.
        public internal(set) var tokensMax = 128
        /// The highest layer that is loaded; `nil` for all of them.
        public internal(set) var layersMax: Int?
        /// What it computes in.
        public internal(set) var precision = Precision.auto
        /// Prompts whose vectors are kept.
        public internal(set) var cacheEntriesMax = 4096

        /// What products are computed in.
        public enum Precision: String, Hashable, Sendable, CaseIterable {
            /// What the processor is fastest in.
            case auto
            /// 32-bit floats.
            case float32
            /// 16-bit floats with the range of 32-bit ones.
            case bfloat16
            /// Signed bytes, scaled by row and column.
            case int8
        }

        /// ``path``, unless it may be missing, and is.
        public var folder: String? { path.flatMap { isOptional && !DataFile.exists(at: $0) ? nil : $0 } }

        /// The defaults.
        init() {}
    }

    /// What money, emissions and time are worth in quality to the strategy `utility`.
    public struct Utility: Hashable, Sendable {
        /// Quality that a dollar is worth; `nil` for what it buys in this fleet.
        public internal(set) var qualityPerDollar: Double?
        /// Quality that a gram of CO2e is worth.
        public internal(set) var qualityPerGram = 0.0
        /// Quality that a second is worth.
        public internal(set) var qualityPerSecond = 0.0

        /// The defaults.
        init() {}
    }

    /// Routers need names of their own, and the one that is used has to be there.
    func checkRouters(at place: Place, into report: inout Report) {
        report.refuseRepetition(in: routers.map(\.id)) { place["routers"][$0]["id"] }
        checkRouter(routing.router, at: place["routing"]["router"], into: &report)
        for (index, key) in keys.enumerated() {
            checkRouter(key.router, at: place["keys"][index]["router"], into: &report)
        }
    }

    private func checkRouter(_ name: String?, at place: Place, into report: inout Report) {
        guard let name, name != "none", !routers.contains(where: { $0.id == name }) else { return }
        report.error(
            at: place,
            "`\(name)` is not among `routers`",
            fix: routers.isEmpty ? "add it there" : "choose one of \(routers.map(\.id).joined(separator: ", "))"
        )
    }
}

extension Settings.LearnedRouter: Section {
    static let fields: [Field<Self>] =
        [
            Field("id", \.id, .name, required: true, "Name by which routing.router and route.router choose it."),
            Field("kind", \.kind, .choice, "How it comes to its figures; head is what train bert, moe and rl write."),
            Field(
                "path",
                \.path,
                optional: .text,
                "Folder that switchyard train or evaluate fit wrote, or of a classifier, or a policy's file; none for lexical, random and bandit."
            ),
            Field(
                "labels",
                \.labels,
                optional: .table(of: .tier, count: 2...4096),
                "Of a classifier, the tier that each label stands for: {LABEL_0: light, LABEL_1: heavy}."
            ),
            Field("optional", \.isOptional, .flag, "Whether to do without it where its folder is not there."),
        ] + banditFields

    func check(at place: Place, into report: inout Report) {
        if kind.hasFolder, path == nil, place.child("path")?.node?.isNull ?? true {
            report.error(at: place, "`path` is missing", fix: "name the folder of the \(kind.rawValue)")
        }
        if kind == .classifier, labels == nil, place.child("labels")?.node?.isNull ?? true {
            report.error(at: place, "`labels` is missing", fix: "give each of its labels a tier: {LABEL_0: light}")
        } else if kind != .classifier, labels != nil {
            report.error(at: place["labels"], "goes with `kind: classifier` alone", fix: "remove it")
        }
        checkBandit(at: place, into: &report)
    }
}

extension Settings.Encoder: Section {
    static let fields: [Field<Self>] = [
        Field(
            "path",
            \.path,
            optional: .text,
            "Folder of a BERT-like model: config.json, model.safetensors, tokenizer; null runs none."
        ),
        Field("optional", \.isOptional, .flag, "Whether to do without it where its folder is not there."),
        Field("workers", \.workers, .integer(in: 1...256), "Threads that encode prompts."),
        Field(
            "queue_max",
            \.queueMax,
            .integer(in: 0...100_000),
            "Prompts that wait for one; more are scored by their words alone."
        ),
        Field(
            "wait_ms_max",
            \.waitMillisecondsMax,
            .number(in: 0.1...60_000),
            """
            Milliseconds that a request waits for its vectors; then it is scored by its words alone. It waits as long \
            again for that; then it goes by the registry's qualities.
            """
        ),
        Field(
            "tokens_max",
            \.tokensMax,
            .integer(in: 8...8192),
            "Word pieces of a prompt that are read: of longer ones the beginning and the end."
        ),
        Field(
            "layers_max",
            \.layersMax,
            optional: .integer(in: 0...1000),
            "Highest layer that is loaded, which saves memory; routers that read a higher one do with words. All if left out."
        ),
        Field(
            "precision",
            \.precision,
            .choice,
            "What it computes in: auto is int8 where the processor has AVX2, else float32."
        ),
        Field("cache_entries_max", \.cacheEntriesMax, .integer(in: 0...10_000_000), "Prompts whose vectors are kept."),
    ]
}

extension Settings.Utility: Section {
    static let fields: [Field<Self>] = [
        Field(
            "quality_per_usd",
            \.qualityPerDollar,
            optional: .number(in: 0...1e9),
            "Quality (0 to 1) that a US dollar is worth; absent takes what it buys from this fleet's cheapest to its best."
        ),
        Field("quality_per_gram", \.qualityPerGram, .number(in: 0...1e9), "Quality that a gram of CO2e is worth."),
        Field("quality_per_second", \.qualityPerSecond, .number(in: 0...1e9), "Quality that a second is worth."),
    ]
}
