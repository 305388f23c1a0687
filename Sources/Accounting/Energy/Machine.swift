/// What a model runs on: so many accelerators of a kind, written like `4xH100`.
public struct Machine: Hashable, Sendable, CustomStringConvertible {
    /// The accelerator's name, such as `H100`.
    public let accelerator: String
    /// How many of them one copy of the model takes, 1 or more.
    public let count: Int

    /// A machine of `count` accelerators, at least one.
    public init(accelerator: String, count: Int) {
        self.accelerator = accelerator
        self.count = max(count, 1)
    }

    /// A machine by its name: `4xH100`, or `H100` for one; `nil` for other text.
    public init?(_ name: some StringProtocol) {
        let digits = name.prefix { $0.isASCII && $0.isNumber }
        let rest = name.dropFirst(digits.count)
        if digits.isEmpty {
            self.init(accelerator: String(rest), count: 1)
        } else {
            guard let count = Int(digits), (1...4096).contains(count), rest.first == "x" else { return nil }
            self.init(accelerator: String(rest.dropFirst()), count: count)
        }
        guard accelerator.first?.isLetter == true else { return nil }
    }

    /// Its name, such as `4xH100`.
    public var description: String { "\(count)x\(accelerator)" }

    /// How many accelerators of 80 GB hold `billions` of parameters: a fifth more than their bytes, rounded up to a
    /// power of two, as EcoLogits has it.
    static func accelerators(forBillions billions: Double, bits: Double) -> Int {
        let count = (1.2 * billions * bits / 8 / 80).rounded(.up)
        var power = 1
        while Double(power) < count, power < 1 << 16 { power *= 2 }
        return power
    }
}
