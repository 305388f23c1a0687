internal import HTTP

/// JSON Schema, draft 2020-12, as OpenAPI 3.1 has it.
extension Shape {
    /// Writes the schema; objects that have a name are referred to by it.
    func writeSchema(to writer: inout JSONWriter) {
        if case .anything = self { return writer.raw("true") }
        writer.object { schema in
            switch self {
            case .text(let scalarsMax):
                schema.member("type", "string")
                if scalarsMax < .max { schema.member("maxLength", scalarsMax) }
            case .name:
                schema.member("type", "string")
                schema.member("pattern", "^[A-Za-z0-9._:/@+-]{1,128}$")
            case .tag:
                schema.member("type", "string")
                schema.member("pattern", "^[ !#-<>-\\[\\]-~][ !#-\\[\\]-~]{0,511}$")
            case .requestID:
                schema.member("type", "string")
                schema.member("pattern", "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
            case .choice(let words):
                schema.array("enum") { list in for word in words { list.value(word) } }
            case .integer(let range):
                schema.member("type", "integer")
                schema.member("minimum", range.lowerBound)
                schema.member("maximum", range.upperBound)
            case .number(let range):
                schema.member("type", "number")
                schema.member("minimum", range.lowerBound)
                schema.member("maximum", range.upperBound)
            case .flag: schema.member("type", "boolean")
            case .list(let element, let countMax):
                schema.member("type", "array")
                schema.key("items")
                element.writeSchema(to: &schema)
                if countMax < .max { schema.member("maxItems", countMax) }
            case .map(let element, let countMax):
                schema.member("type", "object")
                schema.key("propertyNames")
                Shape.name.writeSchema(to: &schema)
                schema.key("additionalProperties")
                element.writeSchema(to: &schema)
                if countMax < .max { schema.member("maxProperties", countMax) }
            case .record(let record): schema.member("$ref", "#/components/schemas/\(record.name)")
            case .nullable(let shape):
                schema.array("anyOf") { list in
                    shape.writeSchema(to: &list)
                    list.object { $0.member("type", "null") }
                }
            case .anything: break
            }
        }
    }

    /// Adds the objects within that have names to `records`.
    func collect(into records: inout [String: Record]) {
        switch self {
        case .list(let shape, _), .map(let shape, _), .nullable(let shape): shape.collect(into: &records)
        case .record(let record):
            guard records.updateValue(record, forKey: record.name) == nil else { return }
            for member in record.members { member.shape.collect(into: &records) }
        case .text, .name, .tag, .requestID, .choice, .integer, .number, .flag, .anything: break
        }
    }
}

extension Shape.Record {
    /// Writes the schema of the object itself.
    func writeSchema(to writer: inout JSONWriter) {
        writer.object { schema in
            schema.member("type", "object")
            schema.object("properties") { properties in
                for member in members {
                    properties.key(named: member.name)
                    // OpenAPI 3.1 lets a description stand beside whatever describes the value.
                    properties.object { property in
                        property.member("description", member.summary)
                        property.array("allOf") { member.shape.writeSchema(to: &$0) }
                    }
                }
            }
            let required = members.filter(\.isRequired).map(\.name)
            if !required.isEmpty {
                schema.array("required") { list in for name in required { list.value(name) } }
            }
            schema.member("additionalProperties", false)
        }
    }
}
