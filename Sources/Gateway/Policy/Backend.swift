internal import Accounting
internal import Domain
internal import HTTP
internal import Upstream
internal import Wire

/// One model, where it answers and the header lines that it is sent, worked out once.
///
/// A reference, since a request's record, its attempts and its relay all name it.
final class Backend: Sendable {
    let model: Model
    let origin: Origin
    let transport: UpstreamRequest.Transport
    /// How its tokens go with bytes and time.
    let calibration: TokenCalibration
    /// Counts its tokens where it does not tell; `nil` where the registry names no tokenizer.
    let counter: TokenCounter?
    private let paths: [Model.Endpoint: String]
    private let fixedLines: SecretBytes
    private let secret: Secret?
    private let keyLine: SecretBytes

    /// The backend of `model`, which is sent `secret` as its key.
    ///
    /// Azure differs from the others in its header for the key and in naming the deployment in the path, which is put
    /// there where the base URL is the resource's alone.
    ///
    /// - Throws: ``GatewayStartError`` for a base URL that is none.
    init(
        _ model: Model,
        secret: Secret?,
        calibration: TokenCalibration = TokenCalibration(),
        counter: TokenCounter? = nil
    ) throws(GatewayStartError) {
        self.model = model
        self.secret = secret
        self.calibration = calibration
        self.counter = counter
        transport =
            switch model.httpVersion {
            case .http1: .http1
            case .http2: .http2
            case .http2PriorKnowledge: .http2PriorKnowledge
            }
        let isAzure = model.provider == .azure
        let parts = model.baseURL.split(separator: "?", maxSplits: 1).map(String.init)
        var base: String
        do throws(UpstreamError) {
            (origin, base) = try Origin.parse(baseURL: parts.first ?? "")
        } catch {
            throw .invalidBackend(model: model.id, url: model.baseURL, reason: "\(error)")
        }
        while base.hasSuffix("/") { base.removeLast() }
        if isAzure, base.isEmpty { base = "/openai/deployments/\(model.upstreamName)" }
        let query = parts.count > 1 ? "?" + parts[1] : ""
        paths = [
            .chat: base + "/chat/completions" + query,
            .completions: base + "/completions" + query,
            .embeddings: base + "/embeddings" + query,
        ]
        let key = secret.map { (isAzure ? "api-key: " : "authorization: Bearer ") + $0.reveal() + "\r\n" } ?? ""
        keyLine = SecretBytes(Array(key.utf8))
        fixedLines = SecretBytes(Array("content-type: application/json\r\n\(key)".utf8))
    }

    /// The path and query for `endpoint`.
    func path(for endpoint: Model.Endpoint) -> String { paths[endpoint] ?? "/" }

    /// What the backend calls the limit on an answer where the client has set none.
    func outputLimitKey(for endpoint: Model.Endpoint) -> StaticString {
        switch model.provider {
        // Its newer models refuse `max_tokens`.
        case .openAI, .azure: endpoint == .chat ? "max_completion_tokens" : "max_tokens"
        case .openAICompatible, .simulated: "max_tokens"
        }
    }

    /// The header line with its key for a page at `origin`; empty if that is not its own, which may not know the key.
    func keyLine(at origin: Origin) -> [UInt8] { origin == self.origin ? keyLine.reveal() : [] }

    /// The header lines of a request: the backend's own, its key among them, then `lines` and `more`; allocated once.
    func headerLines(adding lines: [UInt8], _ more: [UInt8] = []) -> [UInt8] {
        let own = fixedLines.reveal()
        var all: [UInt8] = []
        all.reserveCapacity(own.count + lines.count + more.count)
        all += own
        all += lines
        all += more
        return all
    }

    /// What the backend says, without the gateway's key, which some repeat where they refuse it.
    func redacted(_ text: [UInt8]) -> [UInt8] { secret?.redacted(from: text) ?? text }

    /// The same of an error.
    func redacted(_ error: BackendError) -> BackendError {
        guard let secret else { return error }
        return BackendError(
            kind: error.kind,
            message: secret.redacted(from: error.message),
            type: error.type.map(secret.redacted),
            code: error.code.map(secret.redacted)
        )
    }
}

/// Bytes that hold a key: not shown by reflection, descriptions or logs.
struct SecretBytes: Sendable, CustomStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func reveal() -> [UInt8] { bytes }
    var description: String { "<secret>" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
