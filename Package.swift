// swift-tools-version: 6.2
import PackageDescription

/// The strictest settings the compiler has, for every Swift target.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    // Checked by the compiler where it can be, and by every debug build and test; at run time it costs a twentieth of the CPU.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// No raw memory outside the targets that wrap C: there `unsafe` is a compile error unless it is written down.
let memorySafe: [SwiftSetting] =
    strict + [.strictMemorySafety(), .treatWarning("StrictMemorySafety", as: .error)]

let package = Package(
    name: "switchyard",
    products: [
        .executable(name: "switchyard", targets: ["switchyard"]),
        .library(name: "LLMRouterEnvironment", type: .dynamic, targets: ["GymnasiumBridge"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ],
    targets: [
        // C: module maps and one-line shims.
        .target(name: "CLinux"),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .target(name: "COpenSSL", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),
        .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
        .target(name: "CGLPK", linkerSettings: [.linkedLibrary("glpk")]),
        .target(name: "CPostgreSQL", linkerSettings: [.linkedLibrary("pq")]),

        // Words.
        .target(name: "Domain", swiftSettings: memorySafe),

        // Mechanisms.
        .target(
            name: "Reactor",
            dependencies: ["CLinux", "COpenSSL", "Domain", .product(name: "HeapModule", package: "swift-collections")],
            swiftSettings: strict
        ),
        .target(name: "HTTP", swiftSettings: strict),
        .target(name: "LinearAlgebra", swiftSettings: memorySafe),
        .target(name: "Environment", dependencies: ["Domain"], swiftSettings: memorySafe),
        .target(name: "Neural", dependencies: ["CKernels", "COneDNN", "Domain", "HTTP"], swiftSettings: strict),
        .target(name: "LinearProgramming", dependencies: ["CGLPK"], swiftSettings: strict),

        // Services.
        .target(name: "Server", dependencies: ["HTTP", "Reactor"], swiftSettings: strict),
        .target(name: "Upstream", dependencies: ["CCurl", "Domain", "HTTP", "Reactor"], swiftSettings: strict),
        .target(
            name: "TextEncoding",
            dependencies: ["HTTP", "Neural", .product(name: "HeapModule", package: "swift-collections")],
            swiftSettings: memorySafe
        ),
        .target(
            name: "Accounting",
            dependencies: ["Domain", "HTTP"],
            // Measured energy of open models and yearly means of grids, made by Tests/Tools/*.py.
            resources: [.embedInCode("Profiles/mlenergy_v3.csv"), .embedInCode("Profiles/country_intensity.csv")],
            swiftSettings: memorySafe
        ),
        .target(name: "Budgets", dependencies: ["Domain"], swiftSettings: memorySafe),
        .target(
            name: "Forecasting",
            dependencies: ["Accounting", "Domain", "LinearAlgebra"],
            swiftSettings: memorySafe
        ),
        .target(name: "PostgreSQL", dependencies: ["CPostgreSQL", "Domain"], swiftSettings: strict),
        .target(name: "Tenancy", dependencies: ["COpenSSL", "Domain"], swiftSettings: strict),
        .target(
            name: "Ledger",
            dependencies: [
                "Domain", "PostgreSQL", "Tenancy",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            // A link to Migrations: the SQL is compiled in, so that an installed program needs no files.
            resources: [.embedInCode("Migrations/sqlite"), .embedInCode("Migrations/postgresql")],
            swiftSettings: strict
        ),
        .target(name: "Reporting", dependencies: ["Accounting", "Domain", "Ledger"], swiftSettings: memorySafe),

        // The page of `/ui`: its files, compiled in.
        .target(name: "Dashboard", resources: [.embedInCode("Page")], swiftSettings: memorySafe),

        // Decisions.
        .target(
            name: "Routing",
            dependencies: ["Accounting", "Domain", "HTTP", "LinearAlgebra", "Neural"],
            swiftSettings: memorySafe
        ),
        .target(name: "Planning", dependencies: ["Domain", "LinearProgramming"], swiftSettings: memorySafe),
        .target(name: "Wire", dependencies: ["Domain", "HTTP"], swiftSettings: memorySafe),

        // Training: outcomes in, weights out; the gateway imports nothing of it.
        .target(
            name: "Learning",
            dependencies: [
                "Accounting", "Domain", "Environment", "HTTP", "LinearAlgebra", "Neural", "Routing", "TextEncoding",
            ],
            swiftSettings: memorySafe
        ),

        // The environment for Python, with the runtime linked in: it is loaded where there is no toolchain.
        .target(
            name: "GymnasiumBridge",
            dependencies: ["Environment"],
            exclude: ["python"],
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-static-stdlib"])]
        ),

        // Settings: YAML in, checked values out; links to Config/ compile the defaults in.
        .target(
            name: "Configuration",
            dependencies: ["Domain", "Tenancy", .product(name: "Yams", package: "Yams")],
            resources: [
                .embedInCode("Defaults/switchyard.yaml"), .embedInCode("Defaults/models.yaml"),
                .embedInCode("Defaults/simulation.yaml"),
            ],
            swiftSettings: memorySafe
        ),

        // Product.
        .target(
            name: "Simulation",
            dependencies: ["Configuration", "Domain", "HTTP", "Reactor", "Server", "Wire"],
            swiftSettings: memorySafe
        ),
        .target(
            name: "Gateway",
            dependencies: [
                "Domain", "Accounting", "Budgets", "Configuration", "Dashboard", "HTTP", "Reactor", "Server",
                "Upstream",
                "Ledger", "Forecasting", "Neural", "Planning", "Routing", "Tenancy", "TextEncoding", "Wire",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: memorySafe
        ),
        .executableTarget(
            name: "switchyard",
            dependencies: [
                "Accounting", "Configuration", "Domain", "Environment", "Forecasting", "Gateway", "HTTP", "Learning",
                "Ledger", "Neural",
                "Planning", "Reactor", "Reporting", "Routing", "Simulation", "TextEncoding", "Upstream",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: memorySafe
        ),

        // Tests mirror the rooms.
        .testTarget(name: "AccountingTests", dependencies: ["Accounting", "Domain"], swiftSettings: strict),
        .executableTarget(
            name: "BudgetsBench",
            dependencies: ["Budgets", "Domain"],
            path: "Tests/Benchmarks/budgets",
            swiftSettings: strict
        ),
        .testTarget(name: "BudgetsTests", dependencies: ["Budgets", "Domain"], swiftSettings: memorySafe),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: ["Configuration", "Domain", "Tenancy", .product(name: "Yams", package: "Yams")],
            swiftSettings: memorySafe
        ),
        .executableTarget(
            name: "EnvironmentBench",
            dependencies: ["Environment", "Learning"],
            path: "Tests/Benchmarks/environment",
            exclude: ["bench.py"],
            swiftSettings: strict
        ),
        .testTarget(name: "EnvironmentTests", dependencies: ["Domain", "Environment"], swiftSettings: memorySafe),
        .testTarget(name: "DashboardTests", dependencies: ["Dashboard"], swiftSettings: strict),
        .testTarget(name: "DomainTests", dependencies: ["Domain"], swiftSettings: memorySafe),
        .executableTarget(
            name: "ScoringBench",
            dependencies: ["Domain", "Neural", "Routing", "TextEncoding"],
            path: "Tests/Benchmarks/scoring/ScoringBench",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "EncoderBench",
            dependencies: ["Neural", "TextEncoding"],
            path: "Tests/Benchmarks/encoder",
            exclude: ["bench.py", "requirements.txt"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ForecastingBench",
            dependencies: ["Domain", "Forecasting"],
            path: "Tests/Benchmarks/forecasting",
            exclude: ["bench.py", "requirements.txt"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ForecastingTests",
            dependencies: ["Accounting", "Domain", "Forecasting"],
            swiftSettings: memorySafe
        ),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Accounting", "Budgets", "Configuration", "Domain", "Gateway", "HTTP", "Ledger", "Neural", "Reactor",
                "Routing", "Server", "Tenancy", "TextEncoding", "Upstream", "Wire",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "HTTPTests", dependencies: ["Domain", "HTTP"], swiftSettings: strict),
        .testTarget(name: "LinearAlgebraTests", dependencies: ["Domain", "LinearAlgebra"], swiftSettings: memorySafe),
        .testTarget(
            name: "LearningTests",
            dependencies: [
                "Domain", "Environment", "HTTP", "Learning", "LinearAlgebra", "Neural", "Routing", "TextEncoding",
            ],
            swiftSettings: memorySafe
        ),
        .testTarget(
            name: "LinearProgrammingTests",
            dependencies: ["CGLPK", "Domain", "LinearProgramming"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "LedgerCrashProbe",
            dependencies: ["Domain", "Ledger"],
            path: "Tests/LedgerCrashProbe",
            swiftSettings: strict
        ),
        .testTarget(
            name: "LedgerTests",
            dependencies: ["Domain", "Ledger", "LedgerCrashProbe", "PostgreSQL", "Tenancy"],
            swiftSettings: strict
        ),
        .testTarget(name: "NeuralTests", dependencies: ["Domain", "Neural"], swiftSettings: strict),
        .testTarget(
            name: "PlanningTests",
            dependencies: ["Domain", "LinearProgramming", "Planning"],
            swiftSettings: memorySafe
        ),
        .testTarget(name: "ReactorTests", dependencies: ["Domain", "Reactor"], swiftSettings: strict),
        .testTarget(name: "ReportingTests", dependencies: ["Domain", "Ledger", "Reporting"], swiftSettings: strict),
        .testTarget(
            name: "RoutingTests",
            dependencies: ["Accounting", "Domain", "Neural", "Routing"],
            swiftSettings: strict
        ),
        .testTarget(name: "ServerTests", dependencies: ["Domain", "HTTP", "Reactor", "Server"], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["Configuration", "Domain", "HTTP", "Reactor", "Simulation", "Wire"],
            swiftSettings: strict
        ),
        .testTarget(name: "TenancyTests", dependencies: ["Domain", "Tenancy"], swiftSettings: strict),
        .testTarget(
            name: "TextEncodingTests",
            dependencies: ["Domain", "HTTP", "Neural", "TextEncoding"],
            swiftSettings: strict
        ),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .executableTarget(
            name: "TokenizerBench",
            dependencies: ["TextEncoding"],
            path: "Tests/Benchmarks/tokenizer",
            swiftSettings: strict
        ),
        .testTarget(
            name: "UpstreamTests",
            dependencies: ["COpenSSL", "HTTP", "Reactor", "Upstream"],
            swiftSettings: strict,
            // Else libcurl does not find the tests' resolver, which stands in for the C library's.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic-symbol=getaddrinfo"])]
        ),
        .testTarget(name: "WireTests", dependencies: ["Domain", "HTTP", "Wire"], swiftSettings: memorySafe),
    ]
)
