extension Settings {
    /// A calendar that is simulated, to replay weeks in minutes.
    public struct SimulatedClock: Hashable, Sendable {
        /// The time that it is when the process starts, as `2027-01-31T00:00:00Z`; `nil` for the real one.
        public internal(set) var start: String?
        /// How many seconds of it pass in a real one.
        public internal(set) var speed = 1.0

        /// Whether it is in use.
        public var isOn: Bool { start != nil || speed != 1 }
        /// ``start`` in milliseconds since 1970.
        public var startUnixMilliseconds: Int64? { start.flatMap(Settings.unixMilliseconds) }

        /// The real clock.
        init() {}
    }
}

extension Settings.SimulatedClock: Section {
    static let fields: [Field<Self>] = [
        Field("start", \.start, optional: .instant, "Time when the process starts, as 2027-01-31T00:00:00Z."),
        Field("speed", \.speed, .number(in: 0.001...100_000), "How many of its seconds pass in a real one."),
    ]
}
