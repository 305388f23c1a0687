/// A file of the page that shows a running gateway: hand-written, with nothing to fetch from elsewhere and no build step.
public struct DashboardFile: Sendable {
    /// Its media type.
    public let contentType: StaticString
    /// All of it.
    public let bytes: [UInt8]

    /// The file called `name`, the page itself for an empty name; `nil` where there is none.
    public static func named(_ name: String) -> DashboardFile? { files[name] }

    private static let files: [String: DashboardFile] = [
        "": DashboardFile(contentType: "text/html; charset=utf-8", bytes: PackageResources.index_html),
        "style.css": DashboardFile(contentType: "text/css; charset=utf-8", bytes: PackageResources.style_css),
        "icon.svg": DashboardFile(contentType: "image/svg+xml", bytes: PackageResources.icon_svg),
        "main.js": script(PackageResources.main_js),
        "api.js": script(PackageResources.api_js),
        "dom.js": script(PackageResources.dom_js),
        "format.js": script(PackageResources.format_js),
        "chart.js": script(PackageResources.chart_js),
        "traffic.js": script(PackageResources.traffic_js),
        "store.js": script(PackageResources.store_js),
        "requests.js": script(PackageResources.requests_js),
        "explanation.js": script(PackageResources.explanation_js),
        "budgets.js": script(PackageResources.budgets_js),
        "plan.js": script(PackageResources.plan_js),
        "models.js": script(PackageResources.models_js),
        "keys.js": script(PackageResources.keys_js),
    ]

    private static func script(_ bytes: [UInt8]) -> DashboardFile {
        DashboardFile(contentType: "text/javascript; charset=utf-8", bytes: bytes)
    }
}
