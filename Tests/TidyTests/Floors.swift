/// Which target may import which: the table of Gateway.docc/Architecture.md.
enum Floors {
    /// The targets that wrap a C library and hold no logic.
    static let wrappers = ["CLinux", "CCurl", "COpenSSL"]

    /// For each target, the targets that it may import.
    static let allowed: [String: Set<String>] = [
        "CLinux": [], "CCurl": [], "COpenSSL": [],
        "Domain": [],
        "Reactor": ["CLinux", "COpenSSL"],
        "HTTP": [],
        "Server": ["HTTP", "Reactor"],
        "Upstream": ["HTTP", "Reactor", "CCurl"],
        "Accounting": ["Domain", "HTTP"],
        "Budgets": ["Domain"],
        "Ledger": ["Domain"],
        "Configuration": ["Domain"],
        "Routing": ["Domain", "Accounting"],
        "Wire": ["Domain", "HTTP"],
        "Simulation": ["Configuration", "Domain", "HTTP", "Reactor", "Server", "Wire"],
        "Gateway": [
            "Domain", "Accounting", "Budgets", "Configuration", "HTTP", "Reactor", "Server", "Upstream", "Ledger",
            "Routing", "Wire",
        ],
        "switchyard": [
            "Domain", "Accounting", "Budgets", "Configuration", "HTTP", "Reactor", "Server", "Upstream", "Ledger",
            "Routing", "Wire", "Simulation", "Gateway",
        ],
    ]
}
