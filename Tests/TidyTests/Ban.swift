/// Something that no file may say, why, and what to write instead.
struct Ban: Sendable {
    let name: String
    /// What a banned line of code looks like.
    let pattern: @Sendable () -> Regex<Substring>
    /// The targets that may say it all the same.
    var except: Set<Substring> = []
    let reason: String
    let replacement: String

    /// The targets that a request passes through, where every microsecond counts.
    static let requestPath: Set<Substring> = [
        "Domain", "Reactor", "HTTP", "Server", "Upstream", "Routing", "Wire", "Accounting", "Budgets", "Tenancy",
        "Simulation", "Neural", "TextEncoding", "Gateway",
    ]
    /// The targets beside the request's path.
    static let offRequestPath: Set<Substring> = ["Configuration", "Forecasting", "Learning", "Ledger", "switchyard"]

    /// Bans on lines of code in `Sources`.
    static let inCode = [
        Ban(
            name: "print",
            pattern: { /(?:^|[^\w.])(?:print|debugPrint|dump)\(/ },
            except: ["switchyard"],
            reason: "a library that prints mixes its words with the answers of the command that uses it",
            replacement: "return the text, or write a log line"
        ),
        Ban(
            name: "exit",
            pattern: { /(?:^|[^\w.])_?exit\(/ },
            except: ["switchyard"],
            reason: "a library that ends the process skips everybody's clean-up",
            replacement: "throw the layer's error; only the command maps it to an exit code"
        ),
        Ban(
            name: "getenv",
            pattern: { /\bgetenv\(|ProcessInfo\.processInfo\.environment/ },
            except: ["switchyard"],
            reason: "only the command reads the environment, so that a room does the same wherever it runs",
            replacement: "take the value as a parameter"
        ),
        Ban(
            name: "fatalError",
            pattern: { /(?:^|[^\w.])fatalError\(/ },
            reason: "bad input must never end the process",
            replacement: "throw the layer's error, or state a programmer's mistake as a `precondition` with a sentence"
        ),
        Ban(
            name: "Foundation on the request path",
            pattern: { /^\s*(?:@\w+ +)*(?:\w+ +)?import +Foundation\w*/ },
            except: offRequestPath,
            reason: "Foundation's strings, dates and decoders cost more than the rest of a request",
            replacement: "use the standard library, Synchronization and HTTP's views over bytes"
        ),
        Ban(
            name: "SwiftNIO",
            pattern: { /^\s*(?:@\w+ +)*(?:\w+ +)?import +NIO\w*/ },
            reason: "the server is built on sockets and epoll, without SwiftNIO",
            replacement: "use Reactor"
        ),
        Ban(
            name: "a lock of Foundation's or of pthread's",
            pattern: { /\bNSLock\b|\bNSRecursiveLock\b|\bpthread_mutex_t\b/ },
            reason: "a lock apart from the value it guards can be forgotten",
            replacement: "use Synchronization's Mutex, which holds the value"
        ),
    ]

    /// Bans on any line, comments included, in every file that people wrote.
    static let inText = [
        Ban(
            name: "open task",
            pattern: { /\b(?:TO[D]O|FIX[M]E)\b/ },
            reason: "a note to oneself is an issue that nobody can find",
            replacement: "do it, or file an issue"
        ),
        Ban(
            name: "machine path",
            pattern: { /(?:^|[^\w.])\/(?:work|root|home|Users|opt\/swift)(?:\/|\b)/ },
            reason: "a path of one machine is wrong on every other",
            replacement: "derive it from the checkout, or take it as a setting"
        ),
        Ban(
            name: "registry host",
            pattern: { /\b(?:pypi|debian|docker|npmjs)\.(?:org|io|com)\b/ },
            reason: "where packages come from is the machine's business",
            replacement: "name the package, and let the client find its registry"
        ),
    ]
}
