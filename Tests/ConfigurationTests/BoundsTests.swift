import Configuration
import Foundation
import Testing

/// Every number of every file, at its bounds and just beyond, as its schema has them.
@Suite struct BoundsTests {
    /// A number's place in a file and its bounds.
    struct Bound: Sendable, CustomTestStringConvertible {
        let keys: [String]
        let isInteger: Bool
        let minimum: Double
        let maximum: Double

        var testDescription: String { keys.joined(separator: ".") }

        /// The file that holds only this number, in one line, beside `base` for what it must not contradict.
        func yaml(_ value: Double, base: String = "") -> String {
            let number = isInteger ? String(Int(value)) : String(value)
            return keys.dropLast().reversed().reduce("{ \(base)\(keys[keys.count - 1]): \(number) }") {
                "{ \($1): \($0) }"
            }
        }
    }

    static let settings = bounds(of: .settings)
    static let model = bounds(of: .models)
    static let simulation = bounds(of: .simulation)

    @Test func everyNumberOfTheSettingsIsBound() {
        #expect(Self.settings.count > 35)
        #expect(Self.model.count == 24)
    }

    @Test(arguments: settings) func settingsTakeTheBoundsAndNothingBeyond(bound: Bound) {
        // Idle connections are a part of all of them.
        let base =
            bound.keys == ["upstream", "connections_per_backend_max"] ? "idle_connections_per_backend_max: 0, " : ""
        let most = bound.keys == ["upstream", "idle_connections_per_backend_max"] ? 4096 : bound.maximum
        #expect(settingsProblems(bound.yaml(bound.minimum, base: base)) == [])
        #expect(settingsProblems(bound.yaml(most, base: base)) == [])
        let step = bound.isInteger ? 1 : 0.001
        for value in [bound.minimum - step, bound.maximum + step] {
            let paths = Set(settingsProblems(bound.yaml(value, base: base)).map(\.keyPath))
            #expect(paths == [bound.keys.joined(separator: ".")], "\(value)")
        }
    }

    @Test(arguments: model) func modelsTakeTheBoundsAndNothingBeyond(bound: Bound) {
        // The other prices are required, and the context window bounds the answer.
        let base = ["input: 1, ", "output: 1, "].filter {
            bound.keys[0] == "prices" && !$0.hasPrefix(bound.keys[1] + ":")
        }
        let rest = [
            bound.keys[0] == "prices" ? "" : "prices: { input: 1, output: 1 }, ",
            bound.keys[0] == "context_window" ? "" : "context_window: 100000000, ",
        ]
        func problems(_ value: Double) -> [Problem] {
            let entry = bound.yaml(value, base: base.joined()).dropFirst()
            return registryProblems("models: [{ id: a, provider: openai, \(rest.joined())\(entry)]")
        }
        #expect(problems(bound.minimum) == [])
        #expect(problems(bound.maximum) == [])
        let step = bound.isInteger ? 1 : 0.001
        for value in [bound.minimum - step, bound.maximum + step] {
            #expect(
                Set(problems(value).map(\.keyPath)) == ["models[0]." + bound.keys.joined(separator: ".")],
                "\(value)"
            )
        }
    }

    private static func bounds(of kind: GatewayConfiguration.FileKind) -> [Bound] {
        guard
            let schema = try? JSONSerialization.jsonObject(with: Data(GatewayConfiguration.jsonSchema(for: kind).utf8)),
            var root = schema as? [String: Any]
        else { return [] }
        if kind != .settings, let models = (root["properties"] as? [String: Any])?["models"] as? [String: Any] {
            root = models["items"] as? [String: Any] ?? [:]
        }
        return bounds(in: root, at: [])
    }

    private static func bounds(in schema: [String: Any], at keys: [String]) -> [Bound] {
        if let minimum = schema["minimum"] as? NSNumber, let maximum = schema["maximum"] as? NSNumber {
            let types = (schema["type"] as? [String]) ?? [schema["type"] as? String ?? ""]
            return [
                Bound(
                    keys: keys,
                    isInteger: types.contains("integer"),
                    minimum: minimum.doubleValue,
                    maximum: maximum.doubleValue
                )
            ]
        }
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        return properties.keys.sorted().flatMap { bounds(in: properties[$0] ?? [:], at: keys + [$0]) }
    }
}
