internal import Dashboard
internal import HTTP

extension Reply {
    /// The files of the page at `/ui/`, and the way to it; `nil` for any other path.
    ///
    /// The page runs no script but its own and asks nobody but this gateway: Content Security Policy Level 3, W3C.
    static func page(_ path: String) -> Reply? {
        if path == "/" || path == "/ui" {
            return Reply(status: 308, fields: Array("location: /ui/\r\n".utf8), body: [])
        }
        guard path.hasPrefix("/ui/"), let file = DashboardFile.named(String(path.dropFirst("/ui/".count))) else {
            return nil
        }
        var fields: [UInt8] = []
        fields.appendField("content-type", file.contentType)
        fields.appendField(
            "content-security-policy",
            """
            default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
            base-uri 'none'; form-action 'none'; frame-ancestors 'none'
            """
        )
        fields.append("x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\n")
        fields.append("cross-origin-opener-policy: same-origin\r\ncross-origin-resource-policy: same-origin\r\n")
        // A new version of the gateway comes with a new page.
        fields.append("cache-control: no-cache\r\n")
        return Reply(status: 200, fields: fields, body: file.bytes)
    }
}
