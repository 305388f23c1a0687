/// Which target may import which: the table of Gateway.docc/Architecture.md.
enum Floors {
    /// The targets that wrap a C library and hold no logic.
    static let wrappers = ["CLinux", "CCurl", "COpenSSL", "COneDNN", "CGLPK", "CKernels", "CPostgreSQL"]

    /// The targets that know a wrapper's library where they are more than one: TLS and digests share nothing of OpenSSL.
    static let owners: [String: Set<Substring>] = ["COpenSSL": ["Reactor", "Tenancy"]]

    /// For each target, the targets that it may import.
    static let allowed: [String: Set<String>] = [
        "CLinux": [], "CCurl": [], "COpenSSL": [], "COneDNN": [], "CGLPK": [], "CKernels": [],
        "CPostgreSQL": [],
        "Domain": [],
        "Reactor": ["CLinux", "COpenSSL", "Domain"],
        "HTTP": [],
        "LinearAlgebra": [],
        "Environment": ["Domain"],
        "Neural": ["CKernels", "COneDNN", "Domain", "HTTP"],
        "LinearProgramming": ["CGLPK"],
        "Server": ["HTTP", "Reactor"],
        "Upstream": ["Domain", "HTTP", "Reactor", "CCurl"],
        "TextEncoding": ["HTTP", "Neural"],
        "Accounting": ["Domain", "HTTP"],
        "Budgets": ["Domain"],
        "Forecasting": ["Accounting", "Domain", "LinearAlgebra"],
        "Tenancy": ["Domain", "COpenSSL"],
        "PostgreSQL": ["CPostgreSQL", "Domain"],
        "Ledger": ["Domain", "PostgreSQL", "Tenancy"],
        "Reporting": ["Domain", "Accounting", "Ledger"],
        "Configuration": ["Domain", "Tenancy"],
        "Routing": ["Domain", "Accounting", "HTTP", "LinearAlgebra", "Neural"],
        "Planning": ["Domain", "LinearProgramming"],
        "Wire": ["Domain", "HTTP"],
        "Dashboard": [],
        "Learning": [
            "Accounting", "Domain", "Environment", "HTTP", "LinearAlgebra", "Neural", "Routing", "TextEncoding",
        ],
        "GymnasiumBridge": ["Environment"],
        "Simulation": ["Configuration", "Domain", "HTTP", "Reactor", "Server", "Wire"],
        "Gateway": [
            "Domain", "Accounting", "Budgets", "Configuration", "Dashboard", "HTTP", "Reactor", "Server", "Upstream",
            "Ledger", "Forecasting", "Neural", "Planning", "Routing", "Tenancy", "TextEncoding", "Wire",
        ],
        "switchyard": [
            "Domain", "Accounting", "Budgets", "Configuration", "HTTP", "Reactor", "Server", "Upstream", "Ledger",
            "Routing", "Tenancy", "Wire", "Learning", "Neural", "Reporting", "Simulation",
            "Gateway", "TextEncoding", "Forecasting", "Planning", "Environment",
        ],
    ]
}
