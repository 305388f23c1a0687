/// Something that no file may say, why, and what to write instead.
struct Ban: Sendable {
    let name: String
    /// One of these is in every banned line: to look for them in a whole file takes a thousandth of the pattern's time.
    let words: [String]
    /// What a banned line of code looks like.
    let pattern: @Sendable () -> Regex<Substring>
    /// Banned lines, one for each of the words.
    let examples: [String]
    /// The targets that may say it all the same.
    var except: Set<Substring> = []
    let reason: String
    let replacement: String

    /// The numbers of the lines of `file` that are banned, of code alone or of comments too.
    func lines(of file: SourceFile, isInCode: Bool) -> [Int] {
        guard !except.contains(file.target), words.contains(where: file.holds) else { return [] }
        let pattern = pattern()
        let lines = isInCode ? file.code : Array(zip(1..., file.lines))
        return lines.filter { $0.1.contains(pattern) }.map(\.0)
    }

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
            words: ["print(", "debugPrint(", "dump("],
            pattern: { /(?:^|[^\w.])(?:print|debugPrint|dump)\(/ },
            examples: ["    print(1)", "debugPrint(1)", "if true { dump(1) }"],
            except: ["switchyard"],
            reason: "a library that prints mixes its words with the answers of the command that uses it",
            replacement: "return the text, or write a log line"
        ),
        Ban(
            name: "exit",
            words: ["exit("],
            pattern: { /(?:^|[^\w.])_?exit\(/ },
            examples: ["_exit(0)"],
            except: ["switchyard"],
            reason: "a library that ends the process skips everybody's clean-up",
            replacement: "throw the layer's error; only the command maps it to an exit code"
        ),
        Ban(
            name: "getenv",
            words: ["getenv(", "ProcessInfo.processInfo"],
            pattern: { /\bgetenv\(|ProcessInfo\.processInfo\.environment/ },
            examples: ["getenv(name)", "ProcessInfo.processInfo.environment[name]"],
            except: ["switchyard"],
            reason: "only the command reads the environment, so that a room does the same wherever it runs",
            replacement: "take the value as a parameter"
        ),
        Ban(
            name: "fatalError",
            words: ["fatalError("],
            pattern: { /(?:^|[^\w.])fatalError\(/ },
            examples: ["?? fatalError(reason)"],
            reason: "bad input must never end the process",
            replacement: "throw the layer's error, or state a programmer's mistake as a `precondition` with a sentence"
        ),
        Ban(
            name: "Foundation on the request path",
            words: ["Foundation"],
            pattern: { /^\s*(?:@\w+ +)*(?:\w+ +)?import +Foundation\w*/ },
            examples: ["public import FoundationEssentials"],
            except: offRequestPath,
            reason: "Foundation's strings, dates and decoders cost more than the rest of a request",
            replacement: "use the standard library, Synchronization and HTTP's views over bytes"
        ),
        Ban(
            name: "SwiftNIO",
            words: ["NIO"],
            pattern: { /^\s*(?:@\w+ +)*(?:\w+ +)?import +NIO\w*/ },
            examples: ["import NIOCore"],
            reason: "the server is built on sockets and epoll, without SwiftNIO",
            replacement: "use Reactor"
        ),
        Ban(
            name: "a lock of Foundation's or of pthread's",
            words: ["NSLock", "NSRecursiveLock", "pthread_mutex_t"],
            pattern: { /\bNSLock\b|\bNSRecursiveLock\b|\bpthread_mutex_t\b/ },
            examples: ["let a = NSLock()", "NSRecursiveLock()", "var a: pthread_mutex_t"],
            reason: "a lock apart from the value it guards can be forgotten",
            replacement: "use Synchronization's Mutex, which holds the value"
        ),
    ]

    /// Bans on any line, comments included, in every file that people wrote.
    static let inText = [
        Ban(
            name: "open task",
            words: ["TO\u{44}O", "FIX\u{4D}E"],
            pattern: { /\b(?:TO[D]O|FIX[M]E)\b/ },
            examples: ["// TO\u{44}O: all", "FIX\u{4D}E"],
            reason: "a note to oneself is an issue that nobody can find",
            replacement: "do it, or file an issue"
        ),
        Ban(
            name: "machine path",
            words: ["\u{2F}work", "\u{2F}root", "\u{2F}home", "\u{2F}Users", "\u{2F}opt"],
            pattern: { /(?:^|[^\w.])\/(?:work|root|home|Users|opt\/swift)(?:\/|\b)/ },
            examples: ["\u{2F}work/a", "in \u{2F}root", "=\u{2F}home/a", "\"\u{2F}Users/a", "(\u{2F}opt/swift/usr"],
            reason: "a path of one machine is wrong on every other",
            replacement: "derive it from the checkout, or take it as a setting"
        ),
        Ban(
            name: "registry host",
            words: ["pypi.", "debian.", "docker.", "npmjs."],
            pattern: { /\b(?:pypi|debian|docker|npmjs)\.(?:org|io|com)\b/ },
            examples: ["pypi\u{2E}org", "debian\u{2E}org", "docker\u{2E}io", "npmjs\u{2E}com"],
            reason: "where packages come from is the machine's business",
            replacement: "name the package, and let the client find its registry"
        ),
    ]
}
