import Configuration
import Foundation
import Testing

@Suite struct SchemaTests {
    /// The committed schemas are those that the tables of fields make.
    ///
    /// After a change of a field, run once with `SWITCHYARD_WRITE_SCHEMAS=1` in the environment and commit the files.
    @Test(arguments: Configuration.FileKind.allCases)
    func committedSchemasAreInSync(kind: Configuration.FileKind) throws {
        let file = repository.appending(path: "Config/schema/\(kind.rawValue).schema.json")
        let schema = Configuration.jsonSchema(for: kind)
        if ProcessInfo.processInfo.environment["SWITCHYARD_WRITE_SCHEMAS"] == "1" {
            try schema.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == schema)
    }
}
