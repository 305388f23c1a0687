import Configuration
import Foundation
import Testing
import Yams

@Suite struct SchemaTests {
    /// The committed schemas are those that the tables of fields make.
    ///
    /// After a change of a field, run once with `SWITCHYARD_WRITE_SCHEMAS=1` in the environment and commit the files.
    @Test(arguments: GatewayConfiguration.FileKind.allCases)
    func committedSchemasAreInSync(kind: GatewayConfiguration.FileKind) throws {
        let file = repository.appending(path: "Config/schema/\(kind.rawValue).schema.json")
        let schema = GatewayConfiguration.jsonSchema(for: kind)
        if ProcessInfo.processInfo.environment["SWITCHYARD_WRITE_SCHEMAS"] == "1" {
            try schema.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == schema)
    }

    /// Every shipped file keeps to its schema as another YAML reader sees it.
    @Test(
        arguments: [
            ("Config/switchyard.yaml", GatewayConfiguration.FileKind.settings), ("Config/models.yaml", .models),
            ("Config/simulation.yaml", .simulation),
        ] + registryPaths.map { ($0, .models) }
    )
    func shippedFilesKeepToTheirSchemas(path: String, kind: GatewayConfiguration.FileKind) throws {
        let text = try text(of: path)
        let value = try #require(try Yams.load(yaml: text))
        #expect(try faults(of: value, in: schema(kind)) == [])
        // The first line tells editors of it.
        let folder = path.split(separator: "/").count == 2 ? "" : "../"
        #expect(text.hasPrefix("# yaml-language-server: $schema=\(folder)schema/\(kind.rawValue).schema.json\n"))
    }

    /// The shipped settings show every key; one that has no default, in a comment.
    @Test func shippedSettingsShowEveryKey() throws {
        let text = try text(of: "Config/switchyard.yaml")
        let value = try #require(try Yams.load(yaml: text))
        for missing in try missingKeys(of: value, in: schema(.settings)) { #expect(text.contains("# \(missing): ")) }
    }

    private func missingKeys(of value: Any, in schema: [String: Any]) -> [String] {
        guard let properties = schema["properties"] as? [String: [String: Any]] else { return [] }
        let map = value as? [String: Any] ?? [:]
        return properties.flatMap { key, schema in map[key].map { missingKeys(of: $0, in: schema) } ?? [key] }
    }

    /// The schema refuses what the reader refuses.
    @Test(arguments: [
        "loops: 1.5", "loops: -1", "lops: 1", "metrics: apii", "limits: 5", "limits: { head_bytes_max: 1 }", "keys: {}",
        "keys: [{ id: a }]", "allow_anonymous: \"yes\"", "admin_token_variable: a-b", "upstream: { proxy: ftp://h }",
        "api: { addresses: [localhost] }", "state_directory: \"\"", "routing: { seed: -1 }",
    ])
    func schemaRefusesWhatTheReaderRefuses(yaml: String) throws {
        #expect(!settingsProblems(yaml).isEmpty)
        #expect(try !faults(of: #require(try Yams.load(yaml: yaml)), in: schema(.settings)).isEmpty)
    }

    private func schema(_ kind: GatewayConfiguration.FileKind) throws -> [String: Any] {
        let data = Data(GatewayConfiguration.jsonSchema(for: kind).utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// A validator for the keywords that our schemas have: JSON Schema Validation 2020-12, §6.
    private func faults(of value: Any, in schema: [String: Any], at path: String = "$") -> [String] {
        let types = schema["type"] as? [String] ?? [schema["type"] as? String ?? "none"]
        guard types.contains(where: { isType($0, value) }) else { return ["\(path): not \(types)"] }
        var faults: [String] = []
        func check(_ isFine: Bool, _ keyword: String) { if !isFine { faults.append("\(path): \(keyword)") } }
        if let number = value as? Double ?? (value as? Int).map(Double.init) {
            if let minimum = schema["minimum"] as? NSNumber { check(number >= minimum.doubleValue, "minimum") }
            if let maximum = schema["maximum"] as? NSNumber { check(number <= maximum.doubleValue, "maximum") }
        }
        if let text = value as? String {
            if let names = schema["enum"] as? [String] { check(names.contains(text), "enum") }
            if let length = schema["minLength"] as? Int { check(text.unicodeScalars.count >= length, "minLength") }
            if let pattern = schema["pattern"] as? String {
                check(text.range(of: pattern, options: .regularExpression) != nil, "pattern")
            }
        }
        if let list = value as? [Any] {
            check(list.count >= schema["minItems"] as? Int ?? 0, "minItems")
            check(list.count <= schema["maxItems"] as? Int ?? .max, "maxItems")
            let items = schema["items"] as? [String: Any] ?? [:]
            for (index, element) in list.enumerated() {
                faults += self.faults(of: element, in: items, at: "\(path)[\(index)]")
            }
        }
        if let map = value as? [String: Any] {
            let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
            for key in schema["required"] as? [String] ?? [] { check(map[key] != nil, "required \(key)") }
            for (key, element) in map {
                check(properties[key] != nil, "additional \(key)")
                faults += properties[key].map { self.faults(of: element, in: $0, at: "\(path).\(key)") } ?? []
            }
        }
        return faults
    }

    private func isType(_ type: String, _ value: Any) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": value is Bool
        case "integer": value is Int
        case "number": value is Int || value is Double
        case "null": value is NSNull
        default: false
        }
    }
}
