import Foundation
import Testing

@testable import Dashboard

@Suite struct DashboardFileTests {
    private static let names = [
        "", "style.css", "icon.svg", "main.js", "api.js", "dom.js", "format.js", "chart.js", "store.js", "traffic.js",
        "requests.js", "explanation.js", "budgets.js", "plan.js", "models.js", "keys.js",
    ]

    private static func text(_ name: String) throws -> String {
        String(decoding: try #require(DashboardFile.named(name), "\(name) is not served").bytes, as: UTF8.self)
    }

    /// What a file of the page names is among its files: else a browser would find nothing there.
    @Test(arguments: names)
    func namesOnlyFilesOfThePage(name: String) throws {
        let text = try Self.text(name)
        for match in text.matches(of: /(?:from "\.\/|href="|src=")([^"#\/]+)"/) {
            #expect(DashboardFile.named(String(match.output.1)) != nil, "\(name) names \(match.output.1)")
        }
    }

    /// Nothing comes from elsewhere, and no script or style stands in the page itself: its policy would refuse it.
    @Test(arguments: names)
    func asksNobodyElse(name: String) throws {
        let text = try Self.text(name).replacing("http://www.w3.org/2000/svg", with: "")
        #expect(!text.contains(/https?:\/\/(?!127\.0\.0\.1)/))
        #expect(!text.contains(/<script>|<style|style="|onclick="|innerHTML|outerHTML|insertAdjacentHTML|eval\(/))
    }

    @Test func servesNothingElse() {
        for name in ["..", "../Package.swift", "index.html", "MAIN.JS", "main.js/"] {
            #expect(DashboardFile.named(name) == nil)
        }
    }
}
