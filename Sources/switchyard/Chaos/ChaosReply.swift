import Foundation
import HTTP

/// What a client saw of one request.
struct ChaosReply: Sendable {
    /// 0 if not even a head came.
    var status = 0
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// How the connection failed, if it did.
    var failure: String?
    var elapsed = Duration.zero

    /// What it amounts to.
    enum Meaning: Sendable, Equatable {
        case answer(finishReason: String)
        /// A typed error, with its status and code.
        case error(status: Int, code: String?)
        /// A stream that began, and ended in an error event.
        case brokenStream(hasContent: Bool)
        /// What no client should be given, and why.
        case wrong(String)
    }

    var meaning: Meaning {
        if let failure { return .wrong(failure) }
        let isStream = headers["content-type"]?.hasPrefix("text/event-stream") ?? false
        if status == 200 { return isStream ? streamMeaning : wholeMeaning }
        guard let error = Self.object(body)?["error"] as? [String: Any] else {
            return .wrong("status \(status) without an error object")
        }
        for key in ["message", "type", "param", "code"] where error[key] == nil {
            return .wrong("status \(status), and its error has no \(key)")
        }
        return .error(status: status, code: error["code"] as? String)
    }

    private var wholeMeaning: Meaning {
        guard let object = Self.object(body) else { return .wrong("200, and no JSON") }
        guard let choice = (object["choices"] as? [[String: Any]])?.first,
            let text = (choice["message"] as? [String: Any])?["content"] as? String, !text.isEmpty,
            let reason = choice["finish_reason"] as? String
        else { return .wrong(object["error"] == nil ? "200 without an answer" : "200, and an error in it") }
        return .answer(finishReason: reason)
    }

    private var streamMeaning: Meaning {
        var parser = EventStreamParser(eventBytesMax: 1 << 20)
        parser.append(body[...])
        var (content, reason, isDone) = ("", String?.none, false)
        do throws(EventStreamError) {
            while let event = try parser.next() {
                if event.isComment { continue }
                if isDone { return .wrong("more after [DONE]") }
                if event.data.starts(with: "[DONE]".utf8) { isDone = true; continue }
                guard let object = Self.object(Array(event.data)) else { return .wrong("an event that is no JSON") }
                if object["error"] != nil {
                    return reason == nil
                        ? .brokenStream(hasContent: !content.isEmpty) : .wrong("an error after the end")
                }
                // The event that tells the decision has no choices.
                guard let choice = (object["choices"] as? [[String: Any]])?.first else { continue }
                content += (choice["delta"] as? [String: Any])?["content"] as? String ?? ""
                reason = choice["finish_reason"] as? String ?? reason
            }
        } catch {
            return .wrong("no event stream: \(error)")
        }
        guard isDone else { return .wrong("a stream without [DONE] and without an error") }
        guard let reason, !content.isEmpty else { return .wrong("[DONE] without an answer") }
        return .answer(finishReason: reason)
    }

    /// The amount that the reply itself tells: in its header, or at a stream's end in a comment.
    var toldCost: Double? {
        if let comment = String(decoding: body, as: UTF8.self).firstMatch(of: #/: x-switchyard-cost-usd: ([0-9.]+)/#) {
            return Double(comment.1)
        }
        // Before its end, a stream can only tell what is expected.
        return headers["x-switchyard-cost-basis"] == nil ? headers["x-switchyard-cost-usd"].flatMap { Double($0) } : nil
    }

    private static func object(_ bytes: [UInt8]) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    }
}
