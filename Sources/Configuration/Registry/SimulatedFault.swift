/// What a simulated model does wrong: one word, some with a number behind a colon.
public enum SimulatedFault: Hashable, Sendable {
    /// How a refusal says when to come back.
    public enum RetryAfter: Hashable, Sendable {
        /// `retry-after` in seconds.
        case seconds(Int)
        /// `retry-after` as a date, so many seconds from now.
        case date(seconds: Int)
        /// `retry-after-ms`.
        case milliseconds(Int)
    }

    /// Nothing: `ok`.
    case none
    /// An error status, such as `503`, `429:seconds=2`, `429:date=2` or `429:ms=1500`.
    case status(Int, RetryAfter?)
    /// Not a byte, until the client has gone: `silence`.
    case silence
    /// The connection is reset before the first byte: `hang_up`.
    case hangUp
    /// So many milliseconds more before the first byte: `delay:2000`.
    case delay(milliseconds: Int)
    /// The connection is reset after so many tokens, 0 being before any content: `cut:3`.
    case cut(afterTokens: Int)
    /// After so many tokens nothing more comes, and the connection stays: `stall:3`.
    case stall(afterTokens: Int)
    /// After so many tokens half an event, and then the rest of the answer; a whole answer is no JSON: `malformed:3`.
    case malformed(afterTokens: Int)
    /// After so many tokens an `error` event with a rate limit, and the end; a whole answer is that error: `error_event:3`.
    case errorEvent(afterTokens: Int)
    /// The finish reason `content_filter` after so many tokens: `content_filter:3`.
    case contentFilter(afterTokens: Int)
    /// A page in HTML with status 200: `wrong_content_type`.
    case wrongContentType
    /// Half the answer, and a proper end of the body: `truncated`.
    case truncated
    /// An answer that never ends: `endless`.
    case endless
    /// The right answer, a byte every so many milliseconds: `drip:5`.
    case drip(milliseconds: Int)
    /// 400 with `context_length_exceeded`: `context_exceeded`.
    case contextExceeded
    /// 400 with `content_policy_violation`: `content_refused`.
    case contentRefused
    /// A stream without `[DONE]`: `no_done`.
    case noDone
    /// More events, and garbage, after `[DONE]`: `after_done`.
    case afterDone
    /// An answer without usage: `usage_missing`.
    case noUsage
    /// Usage that contradicts itself: negative, and totals that are no sums: `usage_wrong`.
    case wrongUsage

    /// The words, with the number that stands behind those that have one, for errors and the documentation.
    public static let words = [
        "ok", "503", "429:seconds=2", "429:date=2", "429:ms=1500", "silence", "hang_up", "delay:2000", "cut:3",
        "stall:3", "malformed:3", "error_event:3", "content_filter:3", "wrong_content_type", "truncated", "endless",
        "drip:5", "context_exceeded", "content_refused", "no_done", "after_done", "usage_missing", "usage_wrong",
    ]

    /// Reads a word; a number that is left out is 0.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let argument = parts.count > 1 ? String(parts[1]) : nil
        if let status = Int(parts[0]) {
            guard (400...599).contains(status) else { return nil }
            guard let argument else { self = .status(status, nil); return }
            guard let retryAfter = RetryAfter(argument) else { return nil }
            self = .status(status, retryAfter)
            return
        }
        let number = argument.map { Int($0) ?? -1 } ?? 0
        guard (0...600_000).contains(number), let fault = Self(word: String(parts[0]), number) else { return nil }
        guard argument == nil || fault.takesNumber else { return nil }
        self = fault
    }

    private init?(word: String, _ number: Int) {
        switch word {
        case "ok": self = .none
        case "silence": self = .silence
        case "hang_up": self = .hangUp
        case "delay": self = .delay(milliseconds: number)
        case "cut": self = .cut(afterTokens: number)
        case "stall": self = .stall(afterTokens: number)
        case "malformed": self = .malformed(afterTokens: number)
        case "error_event": self = .errorEvent(afterTokens: number)
        case "content_filter": self = .contentFilter(afterTokens: number)
        case "wrong_content_type": self = .wrongContentType
        case "truncated": self = .truncated
        case "endless": self = .endless
        case "drip": self = .drip(milliseconds: number)
        case "context_exceeded": self = .contextExceeded
        case "content_refused": self = .contentRefused
        case "no_done": self = .noDone
        case "after_done": self = .afterDone
        case "usage_missing": self = .noUsage
        case "usage_wrong": self = .wrongUsage
        default: return nil
        }
    }

    private var takesNumber: Bool { text.contains(":") }

    /// The word as a file writes it.
    public var text: String {
        switch self {
        case .none: "ok"
        case .status(let status, nil): "\(status)"
        case .status(let status, .seconds(let count)?): "\(status):seconds=\(count)"
        case .status(let status, .date(let count)?): "\(status):date=\(count)"
        case .status(let status, .milliseconds(let count)?): "\(status):ms=\(count)"
        case .silence: "silence"
        case .hangUp: "hang_up"
        case .delay(let count): "delay:\(count)"
        case .cut(let count): "cut:\(count)"
        case .stall(let count): "stall:\(count)"
        case .malformed(let count): "malformed:\(count)"
        case .errorEvent(let count): "error_event:\(count)"
        case .contentFilter(let count): "content_filter:\(count)"
        case .wrongContentType: "wrong_content_type"
        case .truncated: "truncated"
        case .endless: "endless"
        case .drip(let count): "drip:\(count)"
        case .contextExceeded: "context_exceeded"
        case .contentRefused: "content_refused"
        case .noDone: "no_done"
        case .afterDone: "after_done"
        case .noUsage: "usage_missing"
        case .wrongUsage: "usage_wrong"
        }
    }
}

extension SimulatedFault.RetryAfter {
    fileprivate init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let count = Int(parts[1]), (0...3_600_000).contains(count) else { return nil }
        switch parts[0] {
        case "seconds": self = .seconds(count)
        case "date": self = .date(seconds: count)
        case "ms": self = .milliseconds(count)
        default: return nil
        }
    }
}
