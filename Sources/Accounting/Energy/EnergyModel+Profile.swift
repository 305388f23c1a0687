public import Domain

/// Why a model's energy cannot be worked out as its entry says.
public enum EnergyModelError: Error, Hashable, Sendable {
    /// No profile has this name; the nearest one that does.
    case profileUnknown(String, nearest: String?)
    /// The model was not measured on this machine, but on those.
    case notMeasured(String, on: String, measuredOn: [String])
    /// This is no machine.
    case machineInvalid(String)
    /// The method needs the model's size.
    case sizeMissing
}

extension EnergyModelError: CustomStringConvertible {
    /// What is wrong, and what would do.
    public var description: String {
        switch self {
        case .profileUnknown(let name, let nearest):
            "there is no measured profile `\(name)`" + (nearest.map { "; did you mean `\($0)`?" } ?? "")
        case .notMeasured(let name, let machine, let machines):
            "`\(name)` was not measured on \(machine), but on \(machines.joined(separator: ", "))"
        case .machineInvalid(let name): "`\(name)` is no machine such as 4xH100"
        case .sizeMissing: "the model's parameters_billions are missing"
        }
    }
}

extension EnergyModel {
    /// The model of energy that `profile` asks for, with measured ones from `catalogue`.
    ///
    /// - Throws: ``EnergyModelError``.
    public init(_ profile: EnergyProfile, from catalogue: ProfileCatalogue = .embedded) throws(EnergyModelError) {
        switch profile.method {
        case .declared: self.init(declared: profile)
        case .profile:
            let name = profile.profileName ?? ""
            let machines = catalogue.machines(of: name)
            guard !machines.isEmpty else {
                throw .profileUnknown(name, nearest: nearestName(to: name, in: catalogue.models))
            }
            guard let machine = try profile.hardware.parsedMachine,
                let measured = catalogue.profile(of: name, on: machine, task: profile.task)
            else {
                throw .notMeasured(
                    name,
                    on: profile.hardware.machine ?? "an unknown machine",
                    measuredOn: machines.map(\.description)
                )
            }
            self = .profile(measured, hostWattsPerAccelerator: profile.hardware.hostWattsPerAccelerator)
        case .regression:
            guard let billions = profile.size.billions else { throw .sizeMissing }
            self = .regression(
                EnergyRegression(
                    totalBillions: billions,
                    activeBillions: profile.size.activeBillions,
                    bits: profile.size.bits ?? 16,
                    machine: try profile.hardware.parsedMachine
                )
            )
        case .ecoLogits:
            guard let billions = profile.size.billions else { throw .sizeMissing }
            self = .ecoLogits(
                EcoLogits(totalBillions: billions, activeBillions: profile.size.activeBillions ?? billions)
            )
        }
    }

    /// The table of `profile`'s own joules, whatever else it asks for.
    init(declared profile: EnergyProfile) {
        self = .perToken(
            TokenEnergy(
                joulesPerInputToken: profile.joulesPerInputToken,
                joulesPerOutputToken: profile.joulesPerOutputToken
            )
        )
    }
}

extension EnergyProfile.Hardware {
    /// The machine by its name; `nil` if it has none.
    var parsedMachine: Machine? {
        get throws(EnergyModelError) {
            guard let machine else { return nil }
            guard let parsed = Machine(machine) else { throw .machineInvalid(machine) }
            return parsed
        }
    }
}
