internal import HTTP

/// The OpenAPI 3.1 description of endpoints, made from what answers them.
struct OpenAPI {
    let title: String
    let version: String
    let endpoints: [Endpoint]

    /// The document.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { document in
            document.member("openapi", "3.1.0")
            document.object("info") { info in
                info.member("title", title)
                info.member("version", version)
            }
            document.array("security") { list in list.object { $0.array("token") { _ in } } }
            document.object("paths", writePaths)
            document.object("components") { components in
                components.object("securitySchemes") { schemes in
                    schemes.object("token") { token in
                        token.member("type", "http")
                        token.member("scheme", "bearer")
                    }
                }
                components.object("schemas", writeSchemas)
            }
        }
        return writer.bytes
    }

    private func writePaths(to paths: inout JSONWriter) {
        var known: [String] = []
        for endpoint in endpoints where !known.contains(endpoint.path) { known.append(endpoint.path) }
        for path in known {
            paths.key(named: path)
            paths.object { item in
                for endpoint in endpoints where endpoint.path == path {
                    item.key(named: endpoint.method.name.lowercased())
                    endpoint.write(to: &item)
                }
            }
        }
    }

    private func writeSchemas(to schemas: inout JSONWriter) {
        var records: [String: Shape.Record] = [:]
        Self.error.collect(into: &records)
        for endpoint in endpoints {
            endpoint.body?.collect(into: &records)
            endpoint.answer?.collect(into: &records)
        }
        for (name, record) in records.sorted(by: { $0.key < $1.key }) {
            schemas.key(named: name)
            record.writeSchema(to: &schemas)
        }
    }

    /// What every refusal looks like.
    static let error = Shape.record(
        "Refusal",
        [
            Shape.Member(
                "error",
                .record(
                    "RefusalDetails",
                    [
                        Shape.Member("message", .text(scalarsMax: 65_536), "For people.", isRequired: true),
                        Shape.Member("type", .text(scalarsMax: 64), "The family of the error.", isRequired: true),
                        Shape.Member(
                            "param",
                            .nullable(.text(scalarsMax: 1024)),
                            "The member or parameter at fault.",
                            isRequired: true
                        ),
                        Shape.Member("code", .nullable(.text(scalarsMax: 64)), "For programs.", isRequired: true),
                    ]
                ),
                "What is wrong.",
                isRequired: true
            )
        ]
    )
}

extension Endpoint {
    /// A name for client generators: the method, and the words of the path.
    private var operationID: String {
        let words = path.split(separator: "/").dropFirst(2).map { $0.filter { $0 != "{" && $0 != "}" && $0 != "." } }
        return ([method.name.lowercased()[...]] + words.map { $0[...] }).joined(separator: "_")
    }

    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { operation in
            operation.member("operationId", operationID)
            operation.member("summary", summary)
            operation.array("parameters") { list in
                for name in parameters {
                    let shape = Self.shape(ofParameter: name)
                    Self.write(Shape.Member(name, shape, "Which one.", isRequired: true), in: "path", to: &list)
                }
                for parameter in query { Self.write(parameter, in: "query", to: &list) }
            }
            if let body {
                operation.object("requestBody") { request in
                    request.member("required", true)
                    Self.writeContent(body, to: &request)
                }
            }
            operation.object("responses") { responses in
                responses.key(named: "\(status)")
                responses.object { response in
                    response.member("description", "Done.")
                    if let answer { Self.writeContent(answer, to: &response) }
                }
                responses.object("default") { response in
                    response.member("description", "Refused; nothing was changed.")
                    Self.writeContent(OpenAPI.error, to: &response)
                }
            }
        }
    }

    private static func write(_ member: Shape.Member, in place: String, to writer: inout JSONWriter) {
        writer.object { parameter in
            parameter.member("name", member.name)
            parameter.member("in", place)
            parameter.member("description", member.summary)
            parameter.member("required", member.isRequired)
            if case .list = member.shape {
                parameter.member("style", "form")
                parameter.member("explode", false)
            }
            parameter.key("schema")
            member.shape.writeSchema(to: &parameter)
        }
    }

    private static func writeContent(_ shape: Shape, to writer: inout JSONWriter) {
        writer.object("content") { content in
            content.object("application/json") { media in
                media.key("schema")
                shape.writeSchema(to: &media)
            }
        }
    }
}
