extension Settings {
    /// Someone who administers the gateway with a token of their own.
    public struct Administrator: Hashable, Sendable {
        /// The name by which the audit knows them.
        public internal(set) var id = ""
        /// The environment variable that holds the token.
        public internal(set) var secretVariable = ""
        /// Whether they may look and not change.
        public internal(set) var isReadOnly = false
    }

    /// Who has the token in ``adminTokenVariable``, to the audit.
    static let firstAdministrator = "admin"

    /// Administrators need names of their own, or the audit could not tell them apart.
    func checkAdministrators(at place: Place, into report: inout Report) {
        report.refuseRepetition(in: administrators.map(\.id)) { place["administrators"][$0]["id"] }
        for (index, administrator) in administrators.enumerated()
        where administrator.id == Self.firstAdministrator {
            report.error(
                at: place["administrators"][index]["id"],
                "`\(administrator.id)` is who has the token of `admin_token_variable`",
                fix: "choose another name"
            )
        }
    }
}

extension Settings.Administrator: Section {
    static let fields: [Field<Self>] = [
        Field("id", \.id, .name, required: true, "Name of the administrator in the audit."),
        Field(
            "secret_variable",
            \.secretVariable,
            .variable,
            required: true,
            "Environment variable that holds the token."
        ),
        Field("read_only", \.isReadOnly, .flag, "Whether everything may be read and nothing changed."),
    ]
}
