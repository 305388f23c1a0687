public import Domain

/// The measured profiles that come with the program: ML.ENERGY v3, 24 open models on H100 and B200.
public struct ProfileCatalogue: Sendable {
    /// What was asked while it was measured: `lm-arena-chat` for chat, `gpqa` for reasoning.
    public typealias Task = EnergyProfile.Task

    /// One model on one machine at one task.
    public struct Entry: Hashable, Sendable {
        /// The model as its maker names it, such as `meta-llama/Llama-3.1-8B-Instruct`.
        public let model: String
        /// What it answered.
        public let task: Task
        /// Its size, its weights and its machine.
        public let regression: EnergyRegression
        /// What was measured.
        public let profile: MeasuredProfile
        /// The mean length of the answers at each point, in the points' order as the file has them.
        let answerTokens: [Double]
        /// The points as the file has them, before near ones were averaged.
        let measurements: [MeasuredProfile.Point]
    }

    /// All profiles, in the file's order.
    public let entries: [Entry]

    /// The profiles that are compiled in.
    public static let embedded = ProfileCatalogue(parsing: PackageResources.mlenergy_v3_csv)

    /// The profile of a model on a machine: at this task if it was measured, else at the other.
    public func profile(of model: String, on machine: Machine, task: Task = .chat) -> MeasuredProfile? {
        let entries = entries.filter { $0.model == model && $0.profile.machine == machine }
        return (entries.first { $0.task == task } ?? entries.first)?.profile
    }

    /// The names of the models, each once, in order.
    public var models: [String] { Set(entries.map(\.model)).sorted() }

    /// The machines on which a model was measured.
    public func machines(of model: String) -> [Machine] {
        var machines: [Machine] = []
        for entry in entries where entry.model == model && !machines.contains(entry.profile.machine) {
            machines.append(entry.profile.machine)
        }
        return machines
    }

    /// The profiles in a text as Tests/Tools/fit_energy.py writes it.
    ///
    /// A line for the machine, then indented ones for the points. Lines that are something else are passed over; a test sees to it that there are none.
    init(parsing text: [UInt8]) {
        var entries: [Entry] = []
        var head: [Substring] = []
        var lines: [[Double]] = []
        func finish() {
            if let entry = Entry(head, lines) { entries.append(entry) }
            lines = []
        }
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix(" ") {
                lines.append(line.dropFirst().split(separator: ",").compactMap { Double($0) })
            } else {
                finish()
                head = line.split(separator: ",")
            }
        }
        finish()
        self.entries = entries
    }
}

extension ProfileCatalogue.Entry {
    /// The entry of a machine's line and its points; `nil` if they are not of the form.
    fileprivate init?(_ head: [Substring], _ lines: [[Double]]) {
        guard head.count == 7, let task = ProfileCatalogue.Task(rawValue: String(head[0])), let count = Int(head[3]),
            let bits = Double(head[4]), let total = Double(head[5]), let active = Double(head[6])
        else { return nil }
        let machine = Machine(accelerator: String(head[2]), count: count)
        let points = lines.filter { $0.count == 4 }
        let measurements = points.map {
            MeasuredProfile.Point(batch: $0[0], joulesPerToken: $0[1], tokensPerSecond: $0[2])
        }
        guard let profile = MeasuredProfile(machine: machine, points: measurements) else { return nil }
        self.init(
            model: String(head[1]),
            task: task,
            regression: EnergyRegression(totalBillions: total, activeBillions: active, bits: bits, machine: machine),
            profile: profile,
            answerTokens: points.map { $0[3] },
            measurements: measurements
        )
    }
}
